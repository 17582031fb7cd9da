"""`sapa expr` at a terminal: lines are edited, and remembered from one session to the next."""

import os
import pathlib
import pty
import select
import signal
import tempfile
import time
import unittest

SAPA = os.environ.get("SAPA_BIN", str(pathlib.Path(__file__).resolve().parents[2] / "build/sapa"))
UP, LEFT, CTRL_A, CTRL_D, CTRL_U = b"\x1b[A", b"\x1b[D", b"\x01", b"\x04", b"\x15"


class Terminal:
    """A `sapa expr` behind a pseudo-terminal."""

    def __init__(self, state):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(SAPA, [SAPA, "expr"], {"XDG_STATE_HOME": state, "TERM": "xterm", "HOME": state})
        self.text = b""
        self.wait_for(b"> ")

    def wait_for(self, wanted, start=0, seconds=20):
        end = time.monotonic() + seconds
        while wanted not in self.text[start:]:
            left = end - time.monotonic()
            ready, _, _ = select.select([self.fd], [], [], max(0, left))
            if not ready:
                raise AssertionError(f"{wanted} does not come; so far: {self.text}")
            self.text += os.read(self.fd, 4096)

    def type(self, keys, answer):
        start = len(self.text)
        os.write(self.fd, keys + b"\r")
        self.wait_for(answer, start)
        self.wait_for(b"> ", self.text.index(answer, start))

    def close(self):
        end = time.monotonic() + 20
        try:
            # What it still says must be read, or it may wait for that at its end. And the terminal itself swallows a
            # key that comes while it is being set up for the next line, so the keys are pressed again. Ctrl-D ends only
            # an empty line.
            os.write(self.fd, CTRL_U + CTRL_D)
            while True:
                if select.select([self.fd], [], [], 1)[0]:
                    if not os.read(self.fd, 4096):
                        break
                elif time.monotonic() > end:
                    os.kill(self.pid, signal.SIGKILL)
                    break
                else:
                    os.write(self.fd, CTRL_U + CTRL_D)
        except OSError:
            pass  # its side is closed
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class Expressions(unittest.TestCase):
    def test_are_edited_and_remembered(self):
        with tempfile.TemporaryDirectory() as state:
            first = Terminal(state)
            first.type(b"20 + 3", b"23  (int)")
            first.type(b"5 * 6" + CTRL_A + b"100 + ", b"130  (int)")
            first.type(UP + UP + b"00", b"320  (int)")
            first.type(b"1 +", b"^")
            self.assertEqual(first.close(), 0)
            self.assertTrue((pathlib.Path(state) / "sapa" / "expr_history").exists())
            second = Terminal(state)
            second.type(UP + UP + LEFT + b"7", b"3090  (int)")
            self.assertEqual(second.close(), 0)

    def test_do_without_a_place_for_the_history(self):
        terminal = Terminal("/proc/none")
        terminal.type(b"1 + 1", b"2  (int)")
        self.assertEqual(terminal.close(), 0)


if __name__ == "__main__":
    unittest.main()
