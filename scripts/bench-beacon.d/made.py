"""Generates the synthetic participants once and keeps the files."""

import os
import shutil
import subprocess

from process import end_with_parent, output_of

FEW, FEW_VARIANTS = 1_000, 100_000
MANY, WIDE_VARIANTS = 100_000, 2_000


def made_people(store, data):
    """Returns the folder for 1,000 participants: people.bcf, rows.csv, consented.txt, questions.tsv."""
    return _made(store, os.path.join(data, "people"), FEW, FEW_VARIANTS, keeps_rows=True)


def made_wide(store, data):
    """Returns the path of a BCF of 100,000 participants."""
    return os.path.join(_made(store, os.path.join(data, "wide"), MANY, WIDE_VARIANTS, keeps_rows=False), "people.bcf")


def _made(store, folder, people, variants, keeps_rows):
    # The files are generated again if the generator has changed.
    mark = os.path.join(folder, "made")
    stands_for = f"{people} {variants} {os.path.getsize(store)}"
    if os.path.exists(mark) and open(mark).read() == stands_for:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    output_of([store, "people", folder, str(people), str(variants)])
    vcf, bcf = os.path.join(folder, "people.vcf"), os.path.join(folder, "people.bcf")
    subprocess.run(["bcftools", "view", "--no-version", "-Ob", "-o", bcf, vcf], check=True, preexec_fn=end_with_parent)
    output_of(["bcftools", "index", bcf])
    os.remove(vcf)
    if not keeps_rows:
        os.remove(os.path.join(folder, "rows.csv"))
    with open(mark, "w") as file:
        file.write(stands_for)
    return folder
