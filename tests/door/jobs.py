# SPDX-License-Identifier: MIT
"""Types at a shell with jobs, and prints what the terminal shows.

usage: jobs.py COMMAND...

COMMAND is put before the shell, and before a program that another shell runs.
"""
import os
import pty
import re
import select
import shlex
import signal
import sys
import time

PROMPT = "ready> "
command = sys.argv[1:]
PREFIX = shlex.join(command) + " "


class Terminal:
    def __init__(self, words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # A test in the background of a script was started without these.
            for number in signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP:
                signal.signal(number, signal.SIG_DFL)
            os.environ["PS1"] = PROMPT
            os.execvp(words[0], words)
        self.text = ""

    def until(self, pattern):
        """Wait for it; print what came up to it, job numbers and all."""
        deadline = time.monotonic() + 60
        while not (match := re.search(pattern, self.text)):
            left = deadline - time.monotonic()
            if left < 0 or not select.select([self.fd], [], [], left)[0]:
                sys.exit(f"never: {pattern!r}, but {self.text!r}")
            try:
                self.text += os.read(self.fd, 4096).decode()
            except OSError:
                sys.exit(f"ended before {pattern!r}: {self.text!r}")
        shown = re.sub(r"\d{2,}", "N", self.text[:match.end()])
        print(shown.replace("\r", "").replace(PREFIX, ""))
        self.text = self.text[match.end():]

    def type(self, text, pattern):
        os.write(self.fd, text.encode())
        self.until(pattern)

    def end(self):
        while True:
            try:
                if not os.read(self.fd, 4096):
                    break
            except OSError:
                break
        print("status", os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]))


SHELL = ["bash", "--norc", "--noprofile", "--noediting", "-i"]

print("---- a shell with jobs")
shell = Terminal(command + SHELL)
shell.until(PROMPT)
shell.type("sleep 1000 &\n", PROMPT)
shell.type("jobs\n", "Running.*\n.*" + PROMPT)
shell.type("cat\n", "cat\r\n")
shell.type("one\n", "one\r\none\r\n")
shell.type("\x1a", "Stopped.*\n.*" + PROMPT)
shell.type("fg\n", "cat\r\n")
shell.type("two\n", "two\r\ntwo\r\n")
shell.type("\x03", PROMPT)
shell.type("echo $?\n", "\n130\r\n" + PROMPT)
shell.type("sh -c 'kill -STOP $$; echo back'\n", "Stopped.*\n.*" + PROMPT)
shell.type("fg\n", "\nback\r\n" + PROMPT)
shell.type("kill %1; wait %1; echo $?\n", "143\r\n.*" + PROMPT)
shell.type("echo a | cat | tr a b\n", "\nb\r\n" + PROMPT)
shell.type("exit 5\n", "exit")
shell.end()

print("---- a job of a shell")
shell = Terminal(SHELL)
shell.until(PROMPT)
shell.type(PREFIX + "cat\n", "cat\r\n")
shell.type("one\n", "one\r\none\r\n")
shell.type("\x1a", "Stopped.*\n.*" + PROMPT)
shell.type("fg\n", "cat\r\n")
shell.type("two\n", "two\r\ntwo\r\n")
shell.type("\x03", PROMPT)
shell.type("echo $?\n", "\n130\r\n" + PROMPT)
shell.type(PREFIX + "sh -c 'echo up; exec sleep 1000'\n", "\nup\r\n")
shell.type("\x1a", "Stopped.*\n.*" + PROMPT)
shell.type("bg\n", PROMPT)
shell.type("jobs\n", "Running.*\n.*" + PROMPT)
shell.type("kill %1; wait %1; echo $?\n", "143\r\n.*" + PROMPT)
shell.type(PREFIX + "stty -a\n", "echo.*\r\n" + PROMPT)
shell.type("exit 6\n", "exit")
shell.end()
