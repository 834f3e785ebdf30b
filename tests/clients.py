"""Mail programs: replies to a mail as Outlook, Gmail, an iPhone and others write them, as raw bytes.

    reply = clients.OUTLOOK.reply(mail, "OK, je valide", author="Karim Haddad <karim@acme.example>", date=now)

`mail` is what was received (bytes). Each program quotes, signs, encodes and threads in its own way; what the person
typed stands where that program puts the cursor.
"""
import base64
import datetime
import email
import email.policy
import email.utils
import html
import quopri
import re
import uuid

MONTHS_FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
DAYS_FR = "lundi mardi mercredi jeudi vendredi samedi dimanche".split()


class Received:
    """What a mail program knows of the mail it answers."""

    def __init__(self, raw):
        self.message = email.message_from_bytes(raw, policy=email.policy.default)
        self.message_id = str(self.message["Message-ID"] or "").strip()
        self.references = str(self.message["References"] or "").split()
        self.subject = re.sub(r"\s+", " ", str(self.message["Subject"] or ""))
        self.name, self.address = email.utils.parseaddr(str(self.message["From"]))
        self.reply_to = email.utils.parseaddr(str(self.message["Reply-To"] or self.message["From"]))[1]
        self.to = email.utils.parseaddr(str(self.message["To"]))[1]
        self.date = email.utils.parsedate_to_datetime(str(self.message["Date"]))

    def _part(self, kind):
        part = self.message.get_body(preferencelist=(kind,))
        return part.get_content() if part is not None else ""

    @property
    def text(self):
        return self._part("plain").replace("\r\n", "\n").rstrip("\n")

    @property
    def html(self):
        body = self._part("html") or "<pre>" + html.escape(self.text) + "</pre>"
        inner = re.search(r"<body[^>]*>(.*)</body>", body, re.S | re.I)
        return inner.group(1) if inner else body


def header(name, value):
    """A header as programs fold it: an encoded word when it is not ASCII."""
    return f"{name}: {email.header.Header(value, 'utf-8', header_name=name).encode()}\r\n" if not value.isascii() \
        else f"{name}: {value}\r\n"


def address_header(name, author):
    display, address = email.utils.parseaddr(author)
    word = email.header.Header(display, "utf-8").encode() if not display.isascii() else f'"{display}"'
    return f"{name}: {word} <{address}>\r\n"


def quoted_printable(text):
    return quopri.encodestring(text.replace("\n", "\r\n").encode("utf-8")).replace(b"\r\r\n", b"\r\n").decode("ascii")


def base64_lines(text, charset="utf-8"):
    return base64.encodebytes(text.replace("\n", "\r\n").encode(charset, "xmlcharrefreplace")).decode("ascii").replace("\n", "\r\n")


def flowed(lines):
    return "\n".join("> " + line if line else ">" for line in lines)


def paragraphs(text):
    return "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.split("\n"))


def long_fr(date):
    return f"{DAYS_FR[date.weekday()]} {date.day} {MONTHS_FR[date.month - 1]} {date.year} {date:%H:%M}"


class Program:
    """One mail program; the subclass says what the body looks like."""

    prefix = "Re: "
    extra = ""
    domain = "mail.example.org"

    def reply(self, raw, typed, author, date, to=None):
        mail = Received(raw)
        subject = mail.subject if mail.subject.lower().startswith(self.prefix.strip().lower()) else self.prefix + mail.subject
        head = address_header("From", author) + header("To", to or mail.reply_to) + header("Subject", subject)
        head += f"Date: {email.utils.format_datetime(date)}\r\nMessage-ID: <{uuid.uuid4()}@{self.domain}>\r\n"
        head += self.threading(mail) + self.extra + "MIME-Version: 1.0\r\n"
        return (head + self.body(mail, typed)).encode("utf-8")

    def threading(self, mail):
        references = " ".join(mail.references + [mail.message_id])
        return f"In-Reply-To: {mail.message_id}\r\nReferences: {references}\r\n"

    def body(self, mail, typed):
        raise NotImplementedError

    def alternative(self, text, markup, encode=quoted_printable, encoding="quoted-printable"):
        boundary = uuid.uuid4().hex
        parts = [("text/plain", text), ("text/html", markup)]
        out = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
        for kind, content in parts:
            out += (f'--{boundary}\r\nContent-Type: {kind}; charset="UTF-8"\r\n'
                    f"Content-Transfer-Encoding: {encoding}\r\n\r\n{encode(content)}\r\n")
        return out + f"--{boundary}--\r\n"


class Gmail(Program):
    domain = "mail.gmail.com"

    def body(self, mail, typed):
        intro = f"Le {DAYS_FR[mail.date.weekday()][:3]}. {mail.date.day} {MONTHS_FR[mail.date.month - 1]} {mail.date.year} " \
                f"à {mail.date:%H:%M}, {mail.name} <{mail.reply_to}> a\nécrit :"
        text = f"{typed}\n\n{intro}\n\n{flowed(mail.text.split(chr(10)))}\n"
        markup = (f'<div dir="ltr">{paragraphs(typed)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
                  f"{html.escape(intro).replace(chr(10), ' ')}<br></div><blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px "
                  f'0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{mail.html}</blockquote></div>')
        return self.alternative(text, markup)


class Outlook(Program):
    """Outlook for Windows in French: HTML first in mind, the text part without any quote mark."""

    prefix = "RE: "
    domain = "PR1P264MB0001.FRAP264.PROD.OUTLOOK.COM"
    extra = "Thread-Topic: stage\r\nX-MS-Has-Attach:\r\nAccept-Language: fr-FR, en-US\r\n"

    def body(self, mail, typed):
        block = [("De :", f"{mail.name} <{mail.address}>"), ("Envoyé :", long_fr(mail.date)), ("À :", mail.to), ("Objet :", mail.subject)]
        signature = "\n\nCordialement,"
        text = typed + signature + "\n\n" + "\n".join(f"{key} {value}" for key, value in block) + "\n\n" + mail.text + "\n"
        lines = "<br>".join(f"<b>{html.escape(key)}</b> {html.escape(value)}" for key, value in block)
        markup = ('<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang="FR"><div class="WordSection1">'
                  + "".join(f'<p class="MsoNormal">{html.escape(line)}<o:p></o:p></p>' for line in (typed + signature).split("\n"))
                  + '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
                  f'<p class="MsoNormal">{lines}<o:p></o:p></p></div></div>{mail.html}</div></body></html>')
        return self.alternative(text, markup, base64_lines, "base64")


class Iphone(Program):
    domain = "icloud.com"
    extra = "X-Mailer: iPhone Mail (23A341)\r\n"

    def body(self, mail, typed):
        intro = f"Le {mail.date.day} {MONTHS_FR[mail.date.month - 1][:4]}. {mail.date.year} à {mail.date:%H:%M}, " \
                f"{mail.name} <{mail.reply_to}> a écrit :"
        text = f"{typed}\n\nEnvoyé de mon iPhone\n\n> {intro}\n> \n{flowed(mail.text.split(chr(10)))}\n"
        markup = (f'<html><head></head><body dir="auto">{paragraphs(typed)}<div><br><div dir="ltr">Envoyé de mon iPhone</div>'
                  f'<div dir="ltr"><br><blockquote type="cite">{html.escape(intro)}<br><br></blockquote></div>'
                  f'<blockquote type="cite"><div dir="ltr">{mail.html}</div></blockquote></div></body></html>')
        return self.alternative(text, markup)


class Thunderbird(Program):
    """Plain text, format=flowed, in English; the answer below what is answered when asked to."""

    domain = "example.org"
    extra = "User-Agent: Mozilla Thunderbird\r\n"

    def __init__(self, is_bottom=False):
        self.is_bottom = is_bottom

    def body(self, mail, typed):
        intro = f"On {mail.date:%d/%m/%Y %H:%M}, {mail.name} wrote:"
        quote = f"{intro}\n{flowed(mail.text.split(chr(10)))}"
        signature = "-- \nJohn Reed\nDepartment of Computer Science"
        text = f"{quote}\n\n{typed}\n\n{signature}" if self.is_bottom else f"{typed}\n\n{signature}\n\n{quote}"
        return ("Content-Type: text/plain; charset=UTF-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                + text.replace("\n", "\r\n") + "\r\n")


class InQuote(Program):
    """A form filled inside the quoted mail, as people do: `answers` maps anchors, or how labels begin, to values."""

    def __init__(self, answers):
        self.answers = answers

    def body(self, mail, typed):
        lines = []
        for line in mail.text.split("\n"):
            anchor = re.search(r"\[(\d+)\]\s*:", line)
            value = self.answers.get(int(anchor.group(1))) if anchor else None
            for key, typed in self.answers.items():
                if anchor and isinstance(key, str) and line.startswith(key):
                    value = typed
            if value is not None:
                line = line[:anchor.end()] + " " + value
            lines.append(line)
        intro = f"Le {mail.date:%d/%m/%Y} à {mail.date:%H:%M}, {mail.name} a écrit :"
        text = f"{typed}\n\n{intro}\n{flowed(lines)}\n"
        return ("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text.replace("\n", "\r\n"))


class OutOfOffice(Program):
    """Exchange's automatic answer."""

    prefix = "Réponse automatique : "
    domain = "PR1P264MB0001.FRAP264.PROD.OUTLOOK.COM"
    extra = "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"

    def body(self, mail, typed):
        return ("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(typed + "\n"))


GMAIL, OUTLOOK, IPHONE, THUNDERBIRD, THUNDERBIRD_BELOW = Gmail(), Outlook(), Iphone(), Thunderbird(), Thunderbird(True)
OUT_OF_OFFICE = OutOfOffice()


def at(text):
    """An instant of the demo's and the tests' calendar."""
    return datetime.datetime.fromisoformat(text)
