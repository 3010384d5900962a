"""The table of results."""


class Report:
    def __init__(self):
        self.failures = 0
        self.passes = 0
        self.skips = 0

    def section(self, title):
        print(f"\n{title}", flush=True)

    def within(self, name, value, limit, unit=""):
        """A measured value that must not exceed a limit. NaN exceeds every limit."""
        self.line(value <= limit, name, f"{value:.3g}{unit} (limit {limit:g}{unit})")

    def equal(self, name, found, expected, detail=None):
        good = found == expected
        self.line(good, name, (detail or "equal") if good else f"found {found!r:.200}, expected {expected!r:.200}")

    def line(self, good, name, detail):
        if good:
            self.passes += 1
        else:
            self.failures += 1
        print(f"  {'PASS' if good else 'FAIL'}  {name:<58} {detail}", flush=True)

    def note(self, name, detail):
        """A figure without a limit."""
        print(f"        {name:<58} {detail}", flush=True)

    def skip(self, name, reason):
        self.skips += 1
        print(f"  SKIP  {name:<58} {reason}", flush=True)

    def finish(self):
        print(f"\n{self.passes} passed, {self.failures} failed, {self.skips} skipped", flush=True)
        return 1 if self.failures else 0
