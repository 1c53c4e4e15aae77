# SPDX-License-Identifier: MIT
"""Works in a guest: runs the scripts DIR/1, DIR/2, ... as soon as they are
there, not one after the other; what each says is in N.out, its status, a
negative number for a signal, in N.status. Until there is DIR/end."""
import os
import subprocess
import sys
import threading
import time

where = sys.argv[1]


def run(job):
    with open(job + ".out", "wb") as out:
        status = subprocess.call(["sh", job], stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=subprocess.STDOUT)
    with open(job + ".new", "w", encoding="ascii") as file:
        file.write(f"{status}\n")
    os.rename(job + ".new", job + ".status")


number = 1
while True:
    if os.path.exists(f"{where}/{number}"):
        threading.Thread(target=run, args=(f"{where}/{number}",),
                         daemon=True).start()
        number += 1
    else:
        time.sleep(0.2)
