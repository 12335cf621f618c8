//! Size limits of tokens and their claims. A token or value above a limit is rejected. No known broker needs larger values.

/// The largest accepted passport, in bytes of its compact form.
pub const PASSPORT_MAX_BYTES: usize = 1024 * 1024;
/// The largest accepted visa, in bytes of its compact form.
pub const VISA_MAX_BYTES: usize = 16 * 1024;
/// The largest accepted access token, in bytes of its compact form.
pub const ACCESS_TOKEN_MAX_BYTES: usize = 16 * 1024;
/// The largest accepted passport claim: the sum of the lengths of all its visas in compact form, in bytes.
pub const PASSPORT_CLAIM_MAX_BYTES: usize = 1024 * 1024;
/// The maximum number of visas in one passport claim.
pub const VISAS_MAX_COUNT: usize = 256;
/// The maximum number of passports in one request.
pub const PASSPORTS_MAX_COUNT: usize = 8;
/// The maximum nesting of arrays and objects in the JSON of a token.
pub const JSON_MAX_DEPTH: usize = 16;
/// The largest accepted JOSE header, in bytes after base64url decoding.
pub const HEADER_MAX_BYTES: usize = 8 * 1024;
/// The maximum length of a text in a token, in Unicode scalars: `iss`, `sub`, `jti`, `kid`, `client_id`, and a visa's type, source and value (except the
/// value of a LinkedIdentities visa). `OpenID Connect Core 1.0 § 2`: a subject "MUST NOT exceed 255 ASCII characters in length"; `Passport 1.2.1 § URL
/// Fields`: at most 255 characters.
pub const STRING_MAX_SCALARS: usize = 255;
/// The maximum length of `jku` (a key set URL), in bytes.
pub const JKU_MAX_BYTES: usize = 2048;
/// The maximum number of clauses in the `conditions` of one visa, over all alternatives.
pub const CONDITION_CLAUSES_MAX_COUNT: usize = 64;
/// The maximum number of identities in one LinkedIdentities visa.
pub const LINKED_IDENTITIES_MAX_COUNT: usize = 256;
/// The maximum number of audiences (`aud`) in one token.
pub const AUDIENCES_MAX_COUNT: usize = 64;
/// The largest accepted opaque access token, in bytes.
pub const OPAQUE_TOKEN_MAX_BYTES: usize = 4096;
/// The largest accepted UserInfo answer, in bytes.
pub const USERINFO_MAX_BYTES: usize = 1024 * 1024;
/// How long after its `iat` a visa access token is accepted without polling its issuer, in seconds (`AAI 1.2.1 § Access Token Polling`: one hour).
pub const VISA_ACCESS_TOKEN_MAX_AGE_S: i64 = 3600;
