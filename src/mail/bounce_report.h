/* mail/bounce_report.h: is a message a delivery report, and what happened to the mail it is about? */
#pragma once

#include "mail/message.h"
#include "mail/patterns.h"

typedef enum {
        REPORT_NONE,    /* no delivery report */
        REPORT_FAILURE, /* says failed or delayed */
        REPORT_SUCCESS, /* says delivered, relayed or expanded, and nothing else */
} ReportKind;

ReportKind bounce_report_judge(Message *message, const Patterns *patterns);
