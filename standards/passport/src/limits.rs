//! Size limits. They are checked before parsing. No known broker needs more.

/// Largest passport, in bytes of its compact form.
pub const PASSPORT_MAX_BYTES: usize = 1024 * 1024;
/// Largest visa, in bytes of its compact form.
pub const VISA_MAX_BYTES: usize = 16 * 1024;
/// Largest access token, in bytes of its compact form.
pub const ACCESS_TOKEN_MAX_BYTES: usize = 16 * 1024;
/// Largest sum of the visas of one passport claim, in bytes of their compact forms.
pub const PASSPORT_CLAIM_MAX_BYTES: usize = 1024 * 1024;
/// Most visas in one passport claim.
pub const VISAS_MAX_COUNT: usize = 256;
/// Most passports in one request.
pub const PASSPORTS_MAX_COUNT: usize = 8;
/// Deepest nesting of arrays and objects in the JSON of a token.
pub const JSON_MAX_DEPTH: usize = 16;
/// Largest JOSE header, in bytes after base64url decoding.
pub const HEADER_MAX_BYTES: usize = 8 * 1024;
/// Longest `iss`, `sub`, `jti`, `kid`, visa value and visa source, in Unicode scalars (`OpenID Connect Core 1.0 § 2`: a subject
/// "MUST NOT exceed 255 ASCII characters in length"; `Passport 1.2.1 § URL Fields`: at most 255 characters).
pub const STRING_MAX_SCALARS: usize = 255;
/// Longest `jku`, in bytes.
pub const JKU_MAX_BYTES: usize = 2048;
/// Most clauses in the `conditions` of one visa, over all alternatives.
pub const CONDITION_CLAUSES_MAX_COUNT: usize = 64;
/// Most identities in one LinkedIdentities visa.
pub const LINKED_IDENTITIES_MAX_COUNT: usize = 256;
/// Most audiences in one token.
pub const AUDIENCES_MAX_COUNT: usize = 64;
