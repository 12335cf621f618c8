//! HL7 v2 messages as Japanese hospitals store them.
