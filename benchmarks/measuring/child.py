"""A program under measurement: started with its output in a log, ended in order, and then asked of the system what it has
used: CPU time, peak memory, bytes written to disk. All of the process counts, its start and its end included."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path


class Failed(Exception):
    """A run that gives no figure; says where to look."""


class Child:
    def __init__(self, command, log, env=None):
        self.log = Path(log)
        self.started = time.monotonic()
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdout=output,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(env or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()

    def text(self):
        return self.log.read_text(errors="replace")

    def fail(self, why):
        """It is ended, if it has not ended by itself."""
        self.end()
        raise Failed(f"{why}; the end of {self.log}:\n" + "\n".join(self.text().splitlines()[-15:]))

    def wait_for(self, pattern, seconds, pause=0.02):
        """The first match of the pattern in what it has written."""
        return self.wait_until(lambda: re.search(pattern, self.text(), re.M), seconds,
                               f"it did not write '{pattern}'", pause)

    def wait_until(self, condition, seconds, otherwise, pause=0.05):
        deadline = time.monotonic() + seconds
        while True:
            # Asked before the condition, so that its last words are heard.
            ended = self.has_ended()
            try:
                if value := condition():
                    return value
            except OSError:
                if not ended:  # its HTTP side is gone before itself
                    ended = self.has_ended_within(2)
                if not ended:
                    raise
            if ended:
                self.fail("it has ended")
            if time.monotonic() > deadline:
                self.fail(f"{otherwise} within {seconds} s")
            time.sleep(pause)

    def has_ended(self):
        return bool(os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))

    def has_ended_within(self, seconds):
        deadline = time.monotonic() + seconds
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.has_ended()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def finish(self):
        """Waits for its end, which must be in order, and gives what it has used."""
        pid = self.process.pid
        # Ended, but not yet taken away: its counters can still be read.
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        seconds = time.monotonic() - self.started
        written = written_bytes(Path(f"/proc/{pid}/io").read_text())
        _, status, usage = os.wait4(pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode != 0:
            self.fail(f"it ended with status {self.process.returncode}")
        return {"seconds_of_life": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "peak_megabytes": usage.ru_maxrss / 1024, "written_megabytes": written / 1e6}


def written_bytes(io_text):
    """What a process has caused to be written to disk, from its /proc/PID/io."""
    return int(re.search(r"^write_bytes: (\d+)$", io_text, re.M).group(1))


def folder_megabytes(folder):
    return sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / 1e6


def say(text):
    """What is being done at present, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
