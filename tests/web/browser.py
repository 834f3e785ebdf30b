"""Debian's Chromium, driven through chromedriver by plain HTTP (W3C WebDriver): no other library.

    with Chromium(hosts={"stages.univ.example.org": 8443}) as browser:
        browser.open(url)
        browser.fill("reason", "…"); browser.choose("answer", "accept"); browser.press("Envoyer")
"""
import base64
import http.client
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import servers  # noqa: E402

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--ignore-certificate-errors", "--hide-scrollbars", "--disable-dev-shm-usage")


def is_there():
    return shutil.which("chromedriver") is not None and shutil.which("chromium") is not None


class Chromium:
    """hosts: names that lead to a port of this machine."""

    def __init__(self, hosts, language="fr", width=1280, height=900):
        self.port = servers.free_port()
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}", "--log-level=OFF"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=servers.die_with_parent)
        rules = ", ".join(f"MAP {host} 127.0.0.1:{port}" for host, port in hosts.items())
        flags = [*FLAGS, f"--host-resolver-rules={rules}", f"--lang={language}", f"--window-size={width},{height}"]
        wish = {"browserName": "chrome", "acceptInsecureCerts": True,
                "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": flags,
                                       "prefs": {"intl.accept_languages": language}}}
        self.session = None
        self._wait_for_driver()
        self.session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wish}})["sessionId"]
        self.width, self.height = width, height

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.session is not None:
                self._ask("DELETE", f"/session/{self.session}")
        except (OSError, RuntimeError):
            pass
        self.driver.terminate()
        self.driver.wait()

    def _wait_for_driver(self):
        for _ in range(200):
            try:
                if self._ask("GET", "/status")["ready"]:
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("chromedriver does not start")

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        text = json.dumps(body if body is not None else {}) if method == "POST" else None
        connection.request(method, path, text, {"Content-Type": "application/json"})
        value = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{path.split('/', 3)[-1]}: {value['error']}: {value['message'].splitlines()[0]}")
        return value

    def command(self, method, path, body=None):
        return self._ask(method, f"/session/{self.session}{path}", body)

    def devtools(self, name, **parameters):
        return self.command("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    # the page

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    @property
    def url(self):
        return self.command("GET", "/url")

    @property
    def source(self):
        return self.command("GET", "/source")

    @property
    def title(self):
        return self.command("GET", "/title")

    @property
    def text(self):
        return self.command("GET", f"/element/{self.find('body')}/text")

    def run(self, script, *arguments):
        return self.command("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_waiting(self, script, *arguments):
        """The script calls its last argument with the result."""
        return self.command("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.command("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def find_all(self, selector):
        found = self.command("POST", "/elements", {"using": "css selector", "value": selector})
        return [element[ELEMENT] for element in found]

    def has(self, selector):
        return bool(self.find_all(selector))

    def words(self, selector):
        return [self.command("GET", f"/element/{element}/text") for element in self.find_all(selector)]

    def click(self, selector):
        self.command("POST", f"/element/{self.find(selector)}/click")

    def type(self, selector, text):
        element = self.find(selector)
        self.command("POST", f"/element/{element}/clear")
        self.command("POST", f"/element/{element}/value", {"text": text})

    def fill(self, name, text):
        self.type(f"[name='{name}']", text)

    def set_date(self, name, day):
        """Its keys depend on the browser's language; what matters is the value that is sent."""
        self.evaluate(f"document.getElementsByName({json.dumps(name)})[0].value = {json.dumps(day)}")

    def attach(self, name, path):
        self.command("POST", f"/element/{self.find(f'input[type=file][name={name!r}]')}/value", {"text": path})

    def choose(self, name, value):
        self.click(f"[name='{name}'][value='{value}']")

    def send(self, button):
        """Presses a button (a selector, or an element) and waits for the page that follows: without scripts
        chromedriver does not."""
        page = self.find("html")
        element = button if button in self.find_all("button") else self.find(button)
        self.command("POST", f"/element/{element}/click")
        for _ in range(400):
            try:
                self.command("GET", f"/element/{page}/name")
            except RuntimeError:
                return
            time.sleep(0.025)
        raise RuntimeError("no page followed")

    def press(self, words):
        """The button with these words."""
        for element in self.find_all("button"):
            if self.command("GET", f"/element/{element}/text") == words:
                self.send(element)
                return
        raise LookupError(f"no button `{words}`: {self.words('button')}\n{self.text}")

    def focused(self):
        """Id of what has the focus."""
        return self.run("return document.activeElement.id || document.activeElement.tagName")

    def keys(self, text):
        self.command("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": [
            {"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]}]})

    # how it is looked at

    def without_scripts(self):
        self.devtools("Emulation.setScriptExecutionDisabled", value=True)

    def evaluate(self, script):
        """With scripts on for that long."""
        self.devtools("Emulation.setScriptExecutionDisabled", value=False)
        found = self.devtools("Runtime.evaluate", awaitPromise=True, returnByValue=True, expression=script)
        self.without_scripts()
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def see(self, width, is_dark=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])

    def screenshot(self, path):
        """The whole page."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True,
                             clip={"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1})
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))
