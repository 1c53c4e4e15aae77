# SPDX-License-Identifier: MIT
"""Runs one module of CPython's own tests and says how each test ended.

usage: cpython-one.py MODULE RESULTS

A line is appended to RESULTS before and after each test. Those that it has
already are not run again, so that after a test that hung or crashed the
module can be gone on with.
"""
import os
import sys
import traceback
import unittest

from test import support

module, path = sys.argv[1:]
# As "python3 -m test -u network" has it: others are for hours or gigabytes.
support.use_resources = ["network"]
support.verbose = 0
# CPython's tests of AF_VSOCK itself are not about TCP.
LEFT_OUT = ("VSOCK", "BtSocket", "Bluetooth", "CAN", "RDS", "Qipcrtr")

with open(path, encoding="utf-8") as earlier:
    seen = {line.split("\t")[1].rstrip("\n") for line in earlier}
results = open(path, "a", encoding="utf-8", buffering=1)
# Tests fork, and an inherited descriptor must not look like a leak of theirs.
os.set_inheritable(results.fileno(), False)


def say(word, test):
    results.write(f"{word}\t{test.id()}\n")


class Result(unittest.TestResult):
    """One word for each test: the worst thing that was said about it."""

    def startTest(self, test):
        super().startTest(test)
        self.word = "pass"
        say("start", test)

    def stopTest(self, test):
        say(self.word, test)
        super().stopTest(test)

    def note(self, word, test, error):
        self.word = word
        print(f"---- {word}: {test.id()}", flush=True)
        traceback.print_exception(*error)
        if isinstance(test, unittest.suite._ErrorHolder):
            say(word, test)

    def addError(self, test, err):
        self.note("error", test, err)

    def addFailure(self, test, err):
        self.note("fail", test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.note("fail", test, err)

    def addSkip(self, test, reason):
        if self.word == "pass":
            self.word = "skip"

    def addUnexpectedSuccess(self, test):
        self.word = "fail"

    word = "pass"


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        elif not any(word in test.id() for word in LEFT_OUT):
            if test.id() not in seen:
                yield test


tests = unittest.defaultTestLoader.loadTestsFromName("test." + module)
unittest.TestSuite(flatten(tests)).run(Result())
results.write("end\tend\n")
results.close()
# Threads that a failed test left behind must not keep the process.
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
