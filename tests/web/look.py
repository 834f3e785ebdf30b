"""How a page looks: screenshots on a phone and a desktop, light and dark, none wider than its screen, axe on each."""
import os
import shutil
import subprocess

from website import ROOT

SCREENS = os.path.join(ROOT, "build", "screens")
AXE = os.path.join(ROOT, "build", "npm", "node_modules", "axe-core", "axe.min.js")
WIDTHS = {"phone": 390, "desktop": 1100}


def get_axe():
    """axe-core from npm, once; None without it."""
    if not os.path.exists(AXE) and shutil.which("npm"):
        subprocess.run(["npm", "install", "--silent", "--prefix", os.path.join(ROOT, "build", "npm"), "axe-core@4"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    if not os.path.exists(AXE):
        return None
    with open(AXE, encoding="utf-8") as file:
        return file.read()


class Look:
    """Opens pages with scripts for axe and the camera alone; the people of the tests have none."""

    def __init__(self, browser, axe):
        self.browser, self.axe, self.violations, self.seen = browser, axe, [], 0

    def at(self, name):
        browser = self.browser
        for device, width in WIDTHS.items():
            for is_dark in (False, True):
                browser.see(width, is_dark)
                browser.screenshot(os.path.join(SCREENS, f"{name}-{device}{'-dark' if is_dark else ''}.png"))
                assert self.overflow() <= width, f"{name}: {self.overflow()} pixels wide on {width}"
                self.judge(f"{name} {device} {'dark' if is_dark else 'light'}")
        browser.see(WIDTHS["desktop"])

    def overflow(self):
        return self.browser.devtools("Page.getLayoutMetrics")["cssContentSize"]["width"]

    def judge(self, name):
        self.seen += 1
        if self.axe is None:
            return
        passes, *violations = self.browser.evaluate(
            self.axe + ";axe.run().then(r => [r.passes.length, ...r.violations.map(v => v.id + ': ' + v.nodes[0].html)])")
        assert passes > 10, f"axe looked at nothing: {passes}"
        self.violations += [f"{name}: {line}" for line in violations]


def tell(tap, *looks):
    """The last case: what axe found in all of them."""
    if looks[0].axe is None:
        tap.skip("axe finds no violation", "npm install axe-core did not work")
        return
    with tap.case(f"axe finds no violation in {sum(look.seen for look in looks)} views"):
        violations = [line for look in looks for line in look.violations]
        assert not violations, "\n".join(violations[:20])
