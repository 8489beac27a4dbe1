"""Kills a training at random moments (kill -9), resumes it until it is done, and
compares weights and log with those of a run that nobody disturbed.

usage: kill-and-resume.py KILLS FOLDER keel train MODEL [FLAGS...]
The flags name no output, log, checkpoints or resumption: those are added."""
import json
import os
import random
import re
import struct
import subprocess
import sys
import time

EVERY = 3
kills, folder, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
draw = random.Random(kills)


def start(name, *more):
    files = ["--output=%s/%s.st" % (folder, name), "--log=%s/%s.jsonl" % (folder, name)]
    return subprocess.Popen(command + files + ["--checkpoint-every=%d" % EVERY, "--quiet"] + list(more))


def read(name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def step_of(checkpoint):
    size = struct.unpack("<Q", checkpoint[:8])[0]
    header = json.loads(checkpoint[8:8 + size])
    end = max([v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"])
    assert len(checkpoint) == 8 + size + end, "a checkpoint is not whole"
    return int(header["__metadata__"]["step"])


def untimed(log):
    return re.sub(rb'"samples_per_second": [^,}]*', b"", log)


def check_loss(name):
    """The checkpoint is the last one due before the last whole line of the log,
    or what the run wrote at its end, just before it was killed."""
    if read(name + ".st") == read("whole.st"):
        return
    lines = [json.loads(line) for line in read(name + ".jsonl").split(b"\n")[:-1]]
    last = max([line.get("step", 0) for line in lines if "batch_size" not in line] or [0])
    saved = step_of(read(name + ".st"))
    assert saved >= (last - 1) // EVERY * EVERY, (saved, last)


begin = time.time()
assert start("whole").wait() == 0
assert start("whole").wait() == 0  # now the compiled code is in the cache
length = time.time() - begin
begin = time.time()
assert start("whole").wait() == 0
length = time.time() - begin

done = runs = resumed = 0
while done < kills or os.path.exists(os.path.join(folder, "w.st")):
    exists = os.path.exists(os.path.join(folder, "w.st"))
    resumed += exists
    process = start("w", *["--resume=%s/w.st" % folder] if exists else [])
    if done < kills:
        time.sleep(draw.uniform(0, length))
        process.kill()
    if process.wait() == 0:
        assert read("w.st") == read("whole.st"), "other weights after %d kills" % done
        assert untimed(read("w.jsonl")) == untimed(read("whole.jsonl")), "another log"
        runs += 1
        for name in ["w.st", "w.st.previous", "w.jsonl"]:
            os.remove(os.path.join(folder, name))
        continue
    assert process.returncode == -9, process.returncode
    done += 1
    if os.path.exists(os.path.join(folder, "w.st")):
        check_loss("w")
left = [name for name in os.listdir(folder) if ".tmp" in name]
assert len(left) <= 1, left
print("%d kills, %d resumptions, %d finished runs, the same bits" % (done, resumed, runs))
