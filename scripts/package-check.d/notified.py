"""Waits for one message on a notification socket (sd_notify), and prints it: notified.py SOCKET"""

import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
receiver.settimeout(120)
print(receiver.recv(4096).decode())
