cwlVersion: v1.2
class: CommandLineTool
doc: How many reads a file has.
baseCommand: [samtools, view, -c]
inputs:
  reads:
    type: File
    inputBinding: {}
outputs:
  count:
    type: stdout
stdout: count.txt
