"""Many calls at a time on one host, in step with whoever started this: see test_faults.py."""

import sys
import threading
import time

import virtsdk
from virtsdk import errors

found = []


def read(host):
    try:
        host.stats_records()
    except errors.ConnectionLost as error:
        found.append(str(error))


def main(uri):
    with virtsdk.connect(uri, keepalive=(1, 2), reconnect=False) as host:
        guest = host.domains["bare"]
        print("open", flush=True)
        sys.stdin.readline()
        threads = [threading.Thread(target=read, args=(host,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            guest.suspend()
        except errors.ConnectionLost as error:
            print(type(error).__name__, flush=True)
        for thread in threads:
            thread.join()
        print(len(found), "does not answer" in found[0], len(host.parked_calls), flush=True)
        sys.stdin.readline()
        deadline = time.monotonic() + 60
        while host.parked_calls and time.monotonic() < deadline:
            time.sleep(0.05)
        print(len(host.parked_calls), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
