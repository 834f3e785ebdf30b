"""Pages over plain HTTP: a request, the forms of a page, and one that fills them as a person in a hurry would."""
import html.parser
import http.client
import ssl
import urllib.parse

from website import NAME

CONTEXT = ssl._create_unverified_context()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.bytes = status, {name.lower(): value for name, value in headers}, body
        self.text = body.decode(errors="replace")
        self.forms = parse(self.text)

    def form(self, index=0):
        return self.forms[index]


def request(site, method, path, body=None, **headers):
    """headers: Sec_Fetch_Site="cross-site"."""
    connection = http.client.HTTPSConnection("127.0.0.1", site.https_port, context=CONTEXT, timeout=30)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers.setdefault("Host", NAME)
    if body is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    try:
        return Answer(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


def path_of(link):
    return "/" + link.split("/", 3)[3]


class Form:
    def __init__(self, method, action):
        self.method, self.action = method, action
        self.fields = []   # [name, type, value]: what would be sent as the page is found
        self.required = {}  # name -> (type, choices)
        self.buttons = []  # (name, value)

    def body(self, values=(), button=None):
        pairs = [(name, value) for name, _, value in self.fields if name not in dict(values)]
        pairs += list(dict(values).items()) + ([button] if button and button[0] else [])
        return urllib.parse.urlencode(pairs)

    def fill(self, values=()):
        """What is required and empty gets something; values go before."""
        there = {name for name, kind, value in self.fields if value and kind != "file"}
        made = {"number": "1", "date": "2027-08-02", "email": "somebody@example.org", "tel": "+33 1 23 45 67 89"}
        filled = {name: choices[0] if choices else made.get(kind, "bien")
                  for name, (kind, choices) in self.required.items() if name not in there}
        return {**filled, **dict(values)}


class Parser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms, self.text, self.select, self.is_required = [], None, None, False

    def handle_starttag(self, tag, attributes):
        mine = dict(attributes)
        if tag == "form":
            self.forms.append(Form(mine.get("method", "get"), mine.get("action", "")))
        if not self.forms:
            return
        form, name = self.forms[-1], mine.get("name")
        kind = mine.get("type", "text")
        if tag == "fieldset" or (tag == "div" and (mine.get("class") or "").startswith("field")):
            self.is_required = False
        if tag == "span" and mine.get("class") == "required":
            self.is_required = True
        if tag == "button":
            form.buttons.append((name, mine.get("value", "")))
        elif tag == "input" and kind in ("radio", "checkbox"):
            if "checked" in mine:
                form.fields.append([name, kind, mine.get("value", "")])
            if self.is_required and kind == "radio":
                form.required.setdefault(name, (kind, []))[1].append(mine.get("value", ""))
        elif tag == "input" and name:
            form.fields.append([name, kind, mine.get("value", "")])
            if mine.get("aria-required"):
                form.required[name] = (kind, [])
        elif tag == "textarea":
            self.text = [name, "textarea", ""]
            if mine.get("aria-required"):
                form.required[name] = ("textarea", [])
        elif tag == "select":
            self.select = [name, "select", ""]
            if mine.get("aria-required"):
                form.required[name] = ("select", [])
        elif tag == "option" and self.select:
            if "selected" in mine:
                self.select[2] = mine.get("value", "")
            if self.select[0] in form.required and mine.get("value"):
                form.required[self.select[0]][1].append(mine["value"])

    def handle_data(self, data):
        if self.text:
            self.text[2] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.text:
            self.text[2] = self.text[2].removeprefix("\n")
            self.forms[-1].fields.append(self.text)
            self.text = None
        elif tag == "select" and self.select:
            self.forms[-1].fields.append(self.select)
            self.select = None


def parse(text):
    parser = Parser()
    parser.feed(text)
    return parser.forms


def send(site, path, form, values=(), button=None):
    return request(site, form.method.upper(), form.action or path, form.body(values, button))


def fill_and_send(site, link, code, values=()):
    """A form by its page: filled, reviewed, sent with its code."""
    path = path_of(link)
    form = request(site, "GET", path).form()
    reviewed = send(site, path, form, form.fill(values), ("do", "review"))
    assert reviewed.status == 200, reviewed.text
    done = send(site, path, reviewed.form(), {"code": code} if code else {"confirm": "yes"}, ("do", "send"))
    assert done.status == 200 and 'class="box good"' in done.text, done.text
    return done


def choose_and_send(site, link, code, answer, values=()):
    path = path_of(link)
    form = request(site, "GET", path).form()
    done = send(site, path, form, {"answer": answer, **({"code": code} if code else {}), **dict(values)})
    assert done.status == 200 and 'class="box good"' in done.text, done.text
    return done
