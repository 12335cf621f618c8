cwlVersion: v1.2
class: CommandLineTool
doc: Counts the reads of a file.
baseCommand: [samtools, view, -c]
inputs:
  reads:
    type: File
    inputBinding: {}
outputs:
  count:
    type: stdout
stdout: count.txt
