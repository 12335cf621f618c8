"""The floor: a TCP server that answers each frame after one commit with fsync in SQLite, and nothing else."""

import os
import queue
import socket
import sqlite3
import sys
import threading

from process import end_with_parent

jobs = queue.Queue()


def commits(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE message (body BLOB)")
    while True:
        connection, body = jobs.get()
        database.execute("INSERT INTO message VALUES (?)", (body,))
        connection.sendall(b"\x0bMSH|^~\\&|||||||ACK|1|P|2.5\rMSA|AA|1\r\x1c\r")


def reads(connection):
    kept = b""
    while received := connection.recv(1 << 16):
        kept += received
        while b"\x1c\r" in kept:
            body, kept = kept.split(b"\x1c\r", 1)
            jobs.put((connection, body))


def main():
    end_with_parent()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=commits, args=(os.path.join(sys.argv[1], "floor.db"),), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=reads, args=(connection,), daemon=True).start()


main()
