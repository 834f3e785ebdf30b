/* tests/procedure/checker_rows.h: the rows of test_procedure.c: name, what is changed into what, the
 * messages. */
{ "head-key", "prefix: SEMSEM", "preffix: SEMSEM",
  "semsem-stages.yaml «procedure: semsem-stages»: `prefix` is missing — add `prefix: …`\n"
  "semsem-stages.yaml «preffix: SEMSEM»: unknown key `preffix` — did you mean `prefix`?\n" },
        { "no-prefix", "prefix: SEMSEM\n", "",
          "semsem-stages.yaml «procedure: semsem-stages»: `prefix` is missing — add `prefix: …`\n" },
        { "language-missing", "student: {fr: étudiant, en: student, ar: الطالب}",
          "student: {fr: étudiant, en: student}",
          "semsem-stages.yaml «{fr: étudiant, en: stude»: the text in `ar` is missing — add `ar: …`\n" },
        { "role-unused", "  registry: {fr: scolarité",
          "  nobody: {fr: a, en: b, ar: c}\n  registry: {fr: scolarité",
          "semsem-stages.yaml «nobody: {fr: a, en: b, a»: the role `nobody` is never used — use it, or take "
          "it out\n" },
        { "role-twice", "  registry: {fr: scolarité",
          "  student: {fr: a, en: b, ar: c}\n  registry: {fr: scolarité",
          "semsem-stages.yaml «student: {fr: a, en: b, »: `student` stands twice, first in line 10 — keep "
          "one of the two\n" },
        { "role-unknown", "    role: student\n    act: form\n    form: record",
          "    role: studnet\n    act: form\n    form: record",
          "semsem-stages.yaml «studnet»: there is no role `studnet` — did you mean `student`?\n" },
        { "role-missing", "    role: student\n    act: form\n    form: record\n",
          "    act: form\n    form: record\n",
          "semsem-stages.yaml «number: S04»: `role` is missing — add `role: …`\n" },
        { "role-email", "    email: record.tutor_email", "    email: record.tutor_phone",
          "semsem-stages.yaml «record.tutor_phone»: `record.tutor_phone` is no field of a form — write "
          "form.field, such as record.start\n" },
        { "role-name", "    name: [record.academic_first_name, record.academic_last_name]\n", "",
          "semsem-stages.yaml «label: {fr: tuteur acadé»: the name of the person is not said — add `name: "
          "[record.tutor_last_name]` or the like\n" },
        { "escalation-unknown", "escalation: [academic_tutor,", "escalation: [academic_tuto,",
          "semsem-stages.yaml «[academic_tuto, internsh»: there is no role `academic_tuto` — did you mean "
          "`academic_tutor`?\n" },
        { "helper-unknown", "helpers: [internship_manager,", "helpers: [manager,",
          "semsem-stages.yaml «[manager, academic_tutor»: there is no role `manager` — use one of: student, "
          "company_tutor, academic_tutor, company_signatory, institution_signatory, internship_manager, "
          "programme_head, registry\n" },
        { "staff-unknown", "staff: [registry,", "staff: [registries,",
          "semsem-stages.yaml «[registries, internship_»: there is no role `registries` — did you mean "
          "`registry`?\n" },
        { "summary-unknown", "  subject: record.subject", "  subject: record.subjet",
          "semsem-stages.yaml «record.subjet»: `record.subjet` is no field of a form — write form.field, "
          "such as record.start\n" },
        { "summary-role", "  student: student\n  organisation", "  student: studnet\n  organisation",
          "semsem-stages.yaml «studnet»: there is no role `studnet` — did you mean `student`?\n" },
        { "interruptions-kind", "interruptions: record.interruptions\n", "interruptions: record.start\n",
          "semsem-stages.yaml «record.start»: `record.start` is no field of a form — write form.field, such "
          "as record.start\n" },
        { "presence-key", "presence: {from: record.start,", "presence: {form: record.start,",
          "semsem-stages.yaml «{form: record.start, to:»: `from` is missing — add `from: …`\n"
          "semsem-stages.yaml «form: record.start, to: »: unknown key `form` — did you mean `from`?\n" },
        { "presence-kind", "presence: {from: record.start,", "presence: {from: record.subject,",
          "semsem-stages.yaml «record.subject, to: reco»: `record.subject` is no date of a form — write "
          "form.field, such as record.start\n" },
        { "organisation-field", "  name: record.organisation\n", "  name: record.organisatio\n",
          "semsem-stages.yaml «record.organisatio»: `record.organisatio` is no field of a form — write "
          "form.field, such as record.start\n" },
        { "organisation-step", "  proposed: propose_host", "  proposed: propose_hosts",
          "semsem-stages.yaml «propose_hosts»: there is no step `propose_hosts` — did you mean "
          "`propose_host`?\n" },
        { "organisation-value", "    named: [named]", "    named: [name]",
          "semsem-stages.yaml «name]»: `share` never has the value `name` — did you mean `named`?\n" },
        { "organisation-reader", "    readers: [student,", "    readers: [studnet,",
          "semsem-stages.yaml «[studnet, academic_tutor»: there is no role `studnet` — did you mean "
          "`student`?\n" },
        { "organisation-key", "  after: record_validation\n  proposed",
          "  afer: record_validation\n  proposed",
          "semsem-stages.yaml «name: record.organisatio»: `after` is missing — add `after: …`\n"
          "semsem-stages.yaml «afer: record_validation»: unknown key `afer` — did you mean `after`?\n" },
        { "command-opens", "record: {opens: [record, amendment]}", "record: {opens: [record, amendement]}",
          "semsem-stages.yaml «[record, amendement]}»: the command `record` opens a step `amendement` that "
          "does not exist — name a step of this procedure\n"
          "semsem-stages.yaml «amendment:»: no command opens `amendment`, which comes on request — add it to "
          "`opens:` of a command\n" },
        { "command-fills", "grade: {fills: grade.mark}", "grade: {fills: grade.marks}",
          "semsem-stages.yaml «grade.marks}»: `grade.marks` is no field of a form — write form.field, such "
          "as record.start\n" },
        { "command-key", "grade: {fills: grade.mark}", "grade: {fill: grade.mark}",
          "semsem-stages.yaml «fill: grade.mark}»: unknown key `fill` — did you mean `fills`?\n" },
        { "document-attached", "attach: [label, certificate]", "attach: [label, certifcate]",
          "semsem-stages.yaml «{on: done, mail: label_a»: the mail `label_awarded` of `label` attaches a "
          "document `certifcate` that does not exist — did you mean `certificate`?\n" },
        { "answer-unknown", "- {answer: correct, word: {fr: CORRIGER",
          "- {answer: corect, word: {fr: CORRIGER",
          "semsem-stages.yaml «corect, word: {fr: CORRI»: unknown word `corect` — did you mean "
          "`correct`?\n"
          "semsem-stages.yaml «correct: {fr: À corriger»: `record_validation` is never `correct` — write a "
          "state (open, "
          "done, …) or an answer\n" },
        { "act-unknown", "  acknowledge:\n    - {answer", "  aknowledge:\n    - {answer",
          "semsem-stages.yaml «aknowledge:»: unknown key `aknowledge` — did you mean `acknowledge`?\n"
          "semsem-stages.yaml «midterm_ack_company:»: the act `acknowledge` has no answer: "
          "`midterm_ack_company` cannot be finished — add its answers below `acts:`\n"
          "semsem-stages.yaml «midterm_ack_academic:»: the act `acknowledge` has no answer: "
          "`midterm_ack_academic` cannot be finished — add its answers below `acts:`\n"
          "semsem-stages.yaml «company_evaluation_read:»: the act `acknowledge` has no answer: "
          "`company_evaluation_read` cannot be finished — add its answers below `acts:`\n" },
        { "act-without-answers",
          "  agree:\n    - {answer: accept, word: {fr: ACCORD, en: AGREE, ar: أوافق}, label: {fr: Donner mon "
          "accord, en: Agree, ar: إعطاء الموافقة}, primary: yes}\n    - {answer: refuse, word: {fr: REFUSER, "
          "en: REFUSE, ar: أرفض}, label: {fr: Refuser, en: Refuse, ar: رفض}, reason: yes, tell_staff: yes}\n",
          "",
          "semsem-stages.yaml «agreement:»: the act `agree` has no answer: `agreement_student` cannot be "
          "finished — add its answers below `acts:`\n" },
        { "step-key", "    label_required: yes\n    says:\n", "    label_requierd: yes\n    says:\n",
          "semsem-stages.yaml «label_requierd: yes»: unknown key `label_requierd` — did you mean "
          "`label_required`?\n" },
        { "step-label", "    label: {fr: Label, en: Label, ar: علامة الجودة}\n", "",
          "semsem-stages.yaml «number: S18»: `label` is missing — add `label: …`\n" },
        { "step-act", "    act: grade\n", "    act: grad\n",
          "semsem-stages.yaml «grad»: unknown word `grad` — did you mean `grade`?\n" },
        { "step-form", "    form: grade\n", "    form: grades\n",
          "semsem-stages.yaml «grades»: there is no form `grades` — did you mean `grade`?\n"
          "semsem-stages/defence.yaml «  grade:» line: the form `grade` is never used — use it, or take it "
          "out\n" },
        { "step-no-form", "    act: grade\n    form: grade\n", "    act: grade\n",
          "semsem-stages.yaml «number: S16»: which form is filled is not said — add `form: …`\n"
          "semsem-stages/defence.yaml «  grade:» line: the form `grade` is never used — use it, or take it "
          "out\n" },
        { "step-after", "    after: [grade]", "    after: [graed]",
          "semsem-stages.yaml «student_evaluation:»: `after` of `student_evaluation` names a step `graed` "
          "that does not exist — did you mean `grade`?\n" },
        { "step-circle", "  record:\n    number: S04\n",
          "  record:\n    number: S04\n    after: [record_validation]\n",
          "semsem-stages.yaml «record:»: `record` waits for itself: its needs go round in a circle — take "
          "one of the needs out\n"
          "semsem-stages.yaml «record_validation:»: `record_validation` waits for itself: its needs go round "
          "in a circle — take one of the needs out\n" },
        { "step-never-opens", "    after: [midterm_report]\n", "",
          "semsem-stages.yaml «midterm_ack_company:»: nothing opens `midterm_ack_company`: it waits for no "
          "step — add `after:`, or `on_request: yes`\n" },
        { "step-nobody-asked", "      - {on: opened, mail: grade_wanted, to: actor}\n", "",
          "semsem-stages.yaml «grade:»: nobody is asked: the step `grade` cannot be finished — add to its "
          "mails `- {on: opened, mail: …, to: actor}`\n" },
        { "step-returns-to", "    returns_to: defence_date\n", "    returns_to: grade\n",
          "semsem-stages.yaml «defence:»: `defence` returns to `grade`, which it does not follow — name a "
          "form above it\n" },
        { "step-returns-unknown", "    returns_to: defence_date\n", "    returns_to: defence_dat\n",
          "semsem-stages.yaml «defence:»: `returns_to` of `defence` names a step `defence_dat` that does not "
          "exist — did you mean `defence_date`?\n" },
        { "light-level", "    weight: light\n    after: [midterm_report]",
          "    weight: light\n    level: A0\n    after: [midterm_report]",
          "semsem-stages.yaml «A0»: a light act needs at least A1 — leave `level` out, or raise it\n" },
        { "confidential-level", "    level: A3\n", "",
          "semsem-stages.yaml «number: S17»: the confidential form `student_evaluation` is filled on a page "
          "alone — add `level: A3`\n" },
        { "due-before-opening", "    due: {field: record.end, working_days: 5}",
          "    due: {field: record.end, days: -6}",
          "semsem-stages.yaml «{field: record.end, days»: the deadline lies before the opening — write a "
          "later day\n" },
        { "due-negative", "    due: {working_days: 10}", "    due: {working_days: -1}",
          "semsem-stages.yaml «{working_days: -1}»: the deadline lies before the opening — write a number "
          "from 0\n" },
        { "due-no-date", "    due: {field: record.start, days: -3}",
          "    due: {field: record.subject, days: -3}",
          "semsem-stages.yaml «record.subject, days: -3»: `record.subject` is no date of a form — write "
          "form.field, such as record.start\n" },
        { "opens-no-field", "    opens: {field: defence.date, days: 1}", "    opens: {days: 1}",
          "semsem-stages.yaml «{days: 1}»: days from what is not said — add `field: record.start` or the "
          "like\n" },
        { "halfway-from", "    opens: {field: record.start, halfway_to: record.end}",
          "    opens: {halfway_to: record.end}",
          "semsem-stages.yaml «{halfway_to: record.end}»: half-way from where is not said — add `field:`\n" },
        { "remind-four", "    remind: [-15]", "    remind: [-5, -3, -2, -1]",
          "semsem-stages.yaml «[-5, -3, -2, -1]»: at most 3 are allowed — leave some out\n" },
        { "remind-order", "    remind: [-15]", "    remind: [-1, -5]",
          "semsem-stages.yaml «-5]»: this day does not come after the one before — write them in rising "
          "order\n" },
        { "remind-word", "    remind: [-15]", "    remind: [-5, soon]",
          "semsem-stages.yaml «soon]»: this is no number of days — write working days after the deadline: "
          "-1, 2, 5\n" },
        { "remind-without-due", "    due: {working_days: 10}\n    remind: [2, 5]", "    remind: [2, 5]",
          "semsem-stages.yaml «number: S17b»: reminders need a deadline to count from — add `due:`\n" },
        { "escalate-too-long", "    escalate: [8]\n    label_required",
          "    escalate: [8, 9, 10, 11]\n    label_required",
          "semsem-stages.yaml «[8, 9, 10, 11]»: at most 3 are allowed — leave some out\n" },
        { "mail-on", "{on: idle, days: 7,", "{on: idel, days: 7,",
          "semsem-stages.yaml «idel, days: 7, mail: rec»: unknown word `idel` — did you mean `idle`?\n" },
        { "mail-to-nobody", "{on: done, mail: record_validated, to: student}",
          "{on: done, mail: record_validated}",
          "semsem-stages.yaml «{on: done, mail: record_»: the mail goes to nobody — add `to: actor` or "
          "roles\n" },
        { "mail-to-unknown", "{on: done, mail: record_validated, to: student}",
          "{on: done, mail: record_validated, to: studnet}",
          "semsem-stages.yaml «{on: done, mail: record_»: there is no role `studnet` — did you mean "
          "`student`?\n" },
        { "mail-if-field", "if: midterm_report.safety_or_pay_problem", "if: midterm_report.safety",
          "semsem-stages.yaml «midterm_report.safety, i»: `midterm_report.safety` is no field of a form — "
          "write form.field, such as record.start\n" },
        { "mail-if-value", "is: \"yes\"}\n\n  midterm_ack_company", "is: \"oui\"}\n\n  midterm_ack_company",
          "semsem-stages.yaml «\"oui\"}»: `safety_or_pay_problem` never has the value `oui` — use one of: "
          "yes, no\n" },
        { "mail-if-no-value", ", is: \"yes\"}\n\n  midterm_ack_company", "}\n\n  midterm_ack_company",
          "semsem-stages.yaml «midterm_report.safety_or»: which value counts is not said — add `is: "
          "\"yes\"`\n" },
        { "mail-also-done", "when_also_done: [midterm_ack_academic]", "when_also_done: [midterm_academic]",
          "semsem-stages.yaml «midterm_ack_company:»: `when_also_done` of `midterm_ack_company` names a step "
          "`midterm_academic` that does not exist — name a step of this procedure\n" },
        { "mail-time", "{on: time, at: {field: record.start, days: -10}, mail", "{on: time, mail",
          "semsem-stages.yaml «{on: time, mail: agreeme»: the time of the mail is not said — add `at: "
          "{field: record.start, days: -10}` or the like\n" },
        { "mail-idle-days", "{on: idle, days: 7,", "{on: idle,",
          "semsem-stages.yaml «{on: idle, mail: record_»: after how many days is not said — add `days: "
          "7`\n" },
        { "weekly-until", "    until: {field: record.end}\n", "",
          "semsem-stages.yaml «number: S08»: from when until when it comes each week is not said — add "
          "`opens:` and `until:`\n" },
        { "command-in-another-file", "\nwords:\n", "\ncommands:\n  follow: {opens: [nowhere]}\nwords:\n",
          "words.yaml «[nowhere]}»: the command `follow` opens a step `nowhere` that does not exist — name a "
          "step of this procedure\n" },
        { "on-request-unopened", "record: {opens: [record, amendment]}", "record: {opens: [record]}",
          "semsem-stages.yaml «amendment:»: no command opens `amendment`, which comes on request — add it to "
          "`opens:` of a command\n" },
        { "again-field", "again_if: [record.start, record.end,", "again_if: [record.strat, record.end,",
          "semsem-stages.yaml «record.strat, record.end»: `record.strat` is no field of a form — write "
          "form.field, such as record.start\n" },
        { "adopts-form", "adopts: {from: amendment, into: record}", "adopts: {from: amendmnt, into: record}",
          "semsem-stages.yaml «amendmnt, into: record}»: there is no form `amendmnt` — did you mean "
          "`amendment`?\n" },
        { "adopts-half", "adopts: {from: amendment, into: record}", "adopts: {from: amendment}",
          "semsem-stages.yaml «{from: amendment}»: two forms are needed here — write `adopts: {from: "
          "amendment, into: record}`\n" },
        { "award-field", "award: {unless: record.in_university,", "award: {unless: record.university,",
          "semsem-stages.yaml «record.university, is: \"»: `record.university` is no field of a form — write "
          "form.field, such as record.start\n" },
        { "award-value", "award: {unless: record.in_university, is: \"yes\",",
          "award: {unless: record.in_university, is: oui,",
          "semsem-stages.yaml «oui, gives_up: {field: r»: `in_university` never has the value `oui` — use "
          "one of: yes, no\n" },
        { "award-names", "names: {role: student,", "names: {role: studnt,",
          "semsem-stages.yaml «studnt, if: experience_r»: `studnt` is no role — name a role of `roles:`\n" },
        { "award-names-anybody", "names: {role: student, if: experience_report.name_on_label, is: \"yes\"}}",
          "names: {role: student}}",
          "semsem-stages.yaml «{role: student}}»: which answer lets the name be shown is not said — add `if: "
          "form.field`\n" },
        { "award-names-value", "if: experience_report.name_on_label, is: \"yes\"}}",
          "if: experience_report.name_on_label, is: sure}}",
          "semsem-stages.yaml «sure}}»: `name_on_label` never has the value `sure` — use one of: yes, no\n" },
        { "label-without-award",
          "    award: {unless: record.in_university, is: \"yes\", gives_up: {field: record.end, days: "
          "180},\n            names: {role: student, if: experience_report.name_on_label, is: \"yes\"}}\n",
          "",
          "semsem-stages.yaml «semsem-stages»: steps are required for a label that no step awards — add a "
          "step with `act: robot` and `award:`\n" },
        { "status-unknown", "{status: graded,", "{status: marked,",
          "semsem-stages.yaml «marked, after: [grade]}»: `marked` is no status of a case — write planned, "
          "running, interrupted, broken_off, finished, defended, graded or closed\n" },
        { "status-after", "{status: graded, after: [grade]}", "{status: graded, after: [grades]}",
          "semsem-stages.yaml «[grades]}»: the status `graded` waits for a step `grades` that does not exist "
          "— name a step of this procedure\n" },
        { "form-file-confidential", "      - {key: subject_set_by, kind: text,",
          "      - {key: subject_set_by, kind: file,",
          "semsem-stages/student_evaluation.yaml «{key: subject_set_by, ki»: a confidential form takes no "
          "files: they are not sealed — take it out, or ask for a text\n" },
        { "form-unused", "forms:\n  defence:",
          "forms:\n  spare:\n    title: {fr: a, en: b, ar: c}\n    fields:\n      - {key: x, label: {fr: a, "
          "en: b, ar: c}}\n  defence:",
          "semsem-stages/defence.yaml «  spare:» line: the form `spare` is never used — use it, or take it "
          "out\n" },
        { "form-no-field", "    fields:\n      - {key: mark",
          "    fields: []\n    nothing:\n      - {key: mark",
          "semsem-stages.yaml «grade.mark}»: `grade.mark` is no field of a form — write form.field, such as "
          "record.start\n"
          "semsem-stages/defence.yaml «title: {fr: Note du stag»: the form `grade` has no field — add "
          "`fields:`\n"
          "semsem-stages/defence.yaml «nothing:»: unknown key `nothing` — use one of: title, intro, fields, "
          "like, confidential, reader\n" },
        { "form-like", "    like: midterm_ack_company", "    like: midterm_ack",
          "semsem-stages.yaml «midterm_ack_academic.con»: `midterm_ack_academic.contact_wanted` is no field "
          "of "
          "a form — write form.field, such as record.start\n"
          "semsem-stages/acknowledgement.yaml «title: {fr: Accusé de ré»: the form `midterm_ack_academic` "
          "has no field — add `fields:`\n"
          "semsem-stages/acknowledgement.yaml «midterm_ack»: there is no form `midterm_ack` — name a form "
          "with `fields:`\n" },
        { "field-twice", "key: integration,", "key: tasks_done,",
          "semsem-stages/midterm_report.yaml «{key: tasks_done, kind: »: the form has two fields "
          "`tasks_done` — give it another key\n" },
        { "field-kind", "{key: integration, kind: scale,", "{key: integration, kind: scael,",
          "semsem-stages/midterm_report.yaml «scael, required: yes,»: unknown word `scael` — did you mean "
          "`scale`?\n" },
        { "field-condition", "required_if: gap_with_record,", "required_if: gap_with_recrod,",
          "semsem-stages/midterm_report.yaml «{key: gap_details, kind:»: the condition speaks of a field "
          "`gap_with_recrod` that does not stand above — name a field above this one\n" },
        { "field-condition-value", "if_values: [minor, major]", "if_values: [minor, huge]",
          "semsem-stages/midterm_report.yaml «huge],»: `gap_with_record` never has the value `huge` — did "
          "you mean `none`?\n" },
        { "field-condition-no-value", "required_if: gap_with_record, if_values: [minor, major],",
          "required_if: gap_with_record,",
          "semsem-stages/midterm_report.yaml «{key: gap_details, kind:»: a condition without values never "
          "holds — add `if_values: [yes]`, the values that count\n" },
        { "field-far-condition", "if: case.country", "if: case.county",
          "semsem-stages/record.yaml «  record:» line: the condition of `record.health_insurance` names "
          "`case.county`, which is no field of a form — write form.field, such as record.start, or "
          "case.country\n" },
        { "field-prefill", "prefill: record.subject", "prefill: record.topic",
          "semsem-stages/amendment.yaml «  amendment:» line: the prefill of `amendment.subject` names "
          "`record.topic`, which is no field of a form — write form.field, such as record.start, or "
          "case.country\n" },
        { "field-bounds", "min: 1, max: 48", "min: 49, max: 48",
          "semsem-stages/amendment.yaml «{key: hours_per_week, ki»: `min` is above `max` — exchange the "
          "two\n" },
        { "field-one-choice",
          "          minor: {fr: mineur, en: minor, ar: بسيط}\n          major: {fr: majeur, en: major, ar: "
          "كبير}\n",
          "",
          "semsem-stages/midterm_report.yaml «key: gap_with_record»: a choice needs at least two choices — "
          "write `choices:` with a key and its words for each\n"
          "semsem-stages/midterm_report.yaml «minor, major],»: `gap_with_record` never has the value `minor` "
          "— use one of: none\n"
          "semsem-stages/midterm_report.yaml «major],»: `gap_with_record` never has the value `major` — use "
          "one of: none\n" },
        { "field-columns", "        columns:\n", "        column:\n",
          "semsem-stages/amendment.yaml «key: interruptions»: what each line holds is not said — add "
          "`columns:`\n"
          "semsem-stages/amendment.yaml «column:»: unknown key `column` — did you mean `columns`?\n" },
        { "word-missing", "    done: {fr: fait, en: done, ar: منجزة}\n", "",
          "words.yaml «state:»: the words for `state.done` are missing — add it\n" },
        { "word-unknown", "    done: {fr: fait, en: done, ar: منجزة}\n",
          "    done: {fr: fait, en: done, ar: منجزة}\n    over: {fr: a, en: b, ar: c}\n",
          "words.yaml «over: {fr: a, en: b, ar:»: the engine never says `state.over` — take it out\n" },
        { "calendar-day", "weekend: [friday, saturday]", "weekend: [vendredi, saturday]",
          "calendars.yaml «vendredi, saturday]»: this is no day of the week — write an English weekday: "
          "friday\n" },
        { "yaml", "languages: [fr, en, ar]", "languages: [fr, en, ar",
          "semsem-stages.yaml «roles:»: a list in brackets is not closed — close it with `]`\n" },
        { "label-out-of-reach", "    after: [student_evaluation]\n    due: {working_days: 10}",
          "    after: [student_evaluation, label]\n    label_required: yes\n    due: {working_days: 10}",
          "semsem-stages.yaml «propose_host:»: `propose_host` waits for itself: its needs go round in a "
          "circle — take one of the needs out\n"
          "semsem-stages.yaml «propose_host:»: the label cannot be reached: it requires `propose_host`, "
          "which waits for it — take `label_required` out\n"
          "semsem-stages.yaml «label:»: `label` waits for itself: its needs go round in a circle — take one "
          "of the needs out\n" },
        { "says-unknown", "      correct: {fr: À corriger", "      corrected: {fr: À corriger",
          "semsem-stages.yaml «corrected: {fr: À corrig»: `record_validation` is never `corrected` — write a "
          "state "
          "(open, done, …) or an answer\n" },
