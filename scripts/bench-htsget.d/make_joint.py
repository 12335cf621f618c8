"""Writes the variants of 1,200 participants as one VCF to standard output. Every run writes the same bytes."""

import random
import sys

from genome import CONTIGS
from people import JOINT_PEOPLE

SITES = 10_000
GROUP = 100


def call(rng, share):
    first, second = rng.random() < share, rng.random() < share
    depth = rng.randrange(15, 50)
    carried = first + second
    alternate = depth * carried // 2
    return f"\t{int(first)}/{int(second)}:{depth - alternate},{alternate}:{depth}:{rng.randrange(20, 99)}", carried


def main():
    rng = random.Random("gemj joint")
    # Rows are composed of prepared groups of a hundred calls, each with its number of alternative alleles, so that the script takes only seconds.
    pools = []
    for share in (0.0, 0.001, 0.01, 0.2):
        pool = []
        for _ in range(60):
            calls = [call(rng, share) for _ in range(GROUP)]
            pool.append(("".join(text for text, _ in calls), sum(count for _, count in calls)))
        pools.append(pool)
    write = sys.stdout.write
    write("##fileformat=VCFv4.2\n")
    for name, length in CONTIGS.items():
        write(f"##contig=<ID={name},length={length}>\n")
    write('##INFO=<ID=AC,Number=A,Type=Integer,Description="Alternative alleles">\n')
    write('##INFO=<ID=AN,Number=1,Type=Integer,Description="Alleles called">\n')
    write('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n')
    write('##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">\n')
    write('##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads">\n')
    write('##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality of the genotype">\n')
    write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(f"{who}-S" for who in JOINT_PEOPLE) + "\n")
    position = 1_000_000
    for number in range(SITES):
        position += rng.randrange(20, 200)
        reference = rng.choice("ACGT")
        alternate = rng.choice([base for base in "ACGT" if base != reference])
        # Most variants are rare, as in real populations.
        pool = pools[rng.choices((1, 2, 3), weights=(70, 20, 10))[0]]
        groups = [rng.choice(pool if rng.random() < 0.5 or pool is pools[3] else pools[0]) for _ in range(len(JOINT_PEOPLE) // GROUP)]
        carried = sum(count for _, count in groups)
        write(f"chr20\t{position}\t.\t{reference}\t{alternate}\t60\tPASS\tAC={carried};AN={2 * len(JOINT_PEOPLE)}\tGT:AD:DP:GQ")
        write("".join(text for text, _ in groups))
        write("\n")


main()
