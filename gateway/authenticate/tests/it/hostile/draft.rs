//! Drafts of tokens that a row changes before they are signed.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::Shown;
use crate::issuer_server::Answer;
use crate::signing::{SigningKey, b64};
use crate::world::{AUDIENCE, NOW, World};

/// A draft of a token, which is valid if the row does not change it.
pub(crate) struct Draft<'w> {
    pub(crate) world: &'w World,
    pub(crate) key: &'w SigningKey,
    pub(crate) header: Value,
    pub(crate) claims: Value,
    /// The header as text, if the row needs a header that is not a JSON value. The claims can be text in the same way.
    pub(crate) header_text: Option<String>,
    pub(crate) claims_text: Option<String>,
    /// The change to the signed text of the token; absent if the text is not changed.
    pub(crate) rewrite: Option<Box<dyn Fn(String) -> String>>,
}

impl<'w> Draft<'w> {
    /// A passport of the broker with one grant, signed with ES256.
    pub(crate) fn passport(world: &'w World) -> Self {
        Self::new(
            world,
            &world.broker_es,
            world.passport_header(&world.broker_es),
            world.passport_claims(&[world.grant()]),
        )
    }

    /// A passport of the broker with one grant, signed with RS256.
    pub(crate) fn rs_passport(world: &'w World) -> Self {
        Self::new(
            world,
            &world.broker_rs,
            world.passport_header(&world.broker_rs),
            world.passport_claims(&[world.grant()]),
        )
    }

    /// A passport of the other broker with one grant.
    pub(crate) fn other_passport(world: &'w World) -> Self {
        let claims =
            json!({"iss": world.other(), "sub": "alice-2", "iat": NOW - 10, "exp": NOW + 300, "ga4gh_passport_v1": [world.grant()]});
        Self::new(world, &world.other_es, world.passport_header(&world.other_es), claims)
    }

    /// A grant that the visa issuer signed with ES256.
    pub(crate) fn visa(world: &'w World) -> Self {
        Self::new(world, &world.visa_es, world.visa_header(&world.visa_es), world.grant_claims())
    }

    /// A grant that the visa issuer signed with RS256.
    pub(crate) fn rs_visa(world: &'w World) -> Self {
        Self::new(world, &world.visa_rs, world.visa_header(&world.visa_rs), world.grant_claims())
    }

    /// A passport-scoped access token for which UserInfo returns one grant.
    pub(crate) fn access_token(world: &'w World) -> Self {
        let answer = json!({"sub": "alice", "ga4gh_passport_v1": [world.grant()]});
        world.good.set("/broker/userinfo", Answer::Body(answer.to_string()));
        let claims = json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 600, "aud": AUDIENCE, "jti": "t-1", "scope": "openid ga4gh_passport_v1"});
        let header = json!({"alg": "RS256", "kid": "b-rs", "typ": "JWT"});
        Self::new(world, &world.broker_rs, header, claims)
    }

    fn new(world: &'w World, key: &'w SigningKey, header: Value, claims: Value) -> Self {
        Self {
            world,
            key,
            header,
            claims,
            header_text: None,
            claims_text: None,
            rewrite: None,
        }
    }

    pub(crate) fn header(&mut self, name: &str, value: Value) {
        self.header[name] = value;
    }

    pub(crate) fn no_header(&mut self, name: &str) {
        self.header.as_object_mut().unwrap().remove(name);
    }

    pub(crate) fn claim(&mut self, name: &str, value: Value) {
        self.claims[name] = value;
    }

    pub(crate) fn no_claim(&mut self, name: &str) {
        self.claims.as_object_mut().unwrap().remove(name);
    }

    /// Sets a member of the visa object.
    pub(crate) fn object(&mut self, name: &str, value: Value) {
        self.claims["ga4gh_visa_v1"][name] = value;
    }

    pub(crate) fn no_object(&mut self, name: &str) {
        self.claims["ga4gh_visa_v1"].as_object_mut().unwrap().remove(name);
    }

    /// Appends one more member to the JSON of the claims, as text.
    pub(crate) fn append(&mut self, member: &str) {
        let text = self.claims.to_string();
        self.claims_text = Some(format!("{},{member}}}", text.strip_suffix('}').unwrap()));
    }

    pub(crate) fn rewrite(&mut self, rewrite: impl Fn(String) -> String + 'static) {
        self.rewrite = Some(Box::new(rewrite));
    }

    /// Replaces the signature by the result of a function of the raw signature bytes.
    pub(crate) fn signature(&mut self, change: impl Fn(Vec<u8>) -> Vec<u8> + 'static) {
        self.rewrite(move |token| {
            use base64::Engine as _;
            let (input, signature) = token.rsplit_once('.').unwrap();
            let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
            format!("{input}.{}", b64(&change(raw)))
        });
    }

    /// Signs the token with HMAC and this secret instead of the draft's key.
    pub(crate) fn hmac(&mut self, secret: Vec<u8>) {
        self.rewrite(move |token| {
            let (input, _) = token.rsplit_once('.').unwrap();
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), input.as_bytes());
            format!("{input}.{}", b64(tag.as_ref()))
        });
    }

    pub(crate) fn token(&self) -> String {
        let header = self.header_text.clone().unwrap_or_else(|| self.header.to_string());
        let claims = self.claims_text.clone().unwrap_or_else(|| self.claims.to_string());
        let token = self.key.sign_text(&header, &claims);
        match &self.rewrite {
            Some(rewrite) => rewrite(token),
            None => token,
        }
    }
}

/// Makes a passport; the hostile change alters the draft. The token is presented as a bearer token and in the body.
pub(crate) fn passport(change: impl Fn(&mut Draft<'_>) + 'static) -> impl Fn(&World, bool) -> Shown + 'static {
    made(|world| Draft::passport(world), change, |_, token| Shown::anywhere(token))
}

pub(crate) fn rs_passport(change: impl Fn(&mut Draft<'_>) + 'static) -> impl Fn(&World, bool) -> Shown + 'static {
    made(|world| Draft::rs_passport(world), change, |_, token| Shown::anywhere(token))
}

pub(crate) fn other_passport(change: impl Fn(&mut Draft<'_>) + 'static) -> impl Fn(&World, bool) -> Shown + 'static {
    made(|world| Draft::other_passport(world), change, |_, token| Shown::anywhere(token))
}

/// Makes a visa inside a good passport; the hostile change alters the draft of the visa.
pub(crate) fn visa(change: impl Fn(&mut Draft<'_>) + 'static) -> impl Fn(&World, bool) -> Shown + 'static {
    made(
        |world| Draft::visa(world),
        change,
        |world, visa| Shown::anywhere(world.passport(&[visa])),
    )
}

pub(crate) fn rs_visa(change: impl Fn(&mut Draft<'_>) + 'static) -> impl Fn(&World, bool) -> Shown + 'static {
    made(
        |world| Draft::rs_visa(world),
        change,
        |world, visa| Shown::anywhere(world.passport(&[visa])),
    )
}

pub(crate) fn access_token(change: impl Fn(&mut Draft<'_>) + 'static) -> impl Fn(&World, bool) -> Shown + 'static {
    made(|world| Draft::access_token(world), change, |_, token| Shown::bearer(token))
}

fn made(
    draft: impl for<'w> Fn(&'w World) -> Draft<'w> + 'static,
    change: impl Fn(&mut Draft<'_>) + 'static,
    show: impl Fn(&World, String) -> Shown + 'static,
) -> impl Fn(&World, bool) -> Shown + 'static {
    move |world, hostile| {
        let mut draft = draft(world);
        if hostile {
            change(&mut draft);
        }
        show(world, draft.token())
    }
}

/// The visas inside a passport.
pub(crate) fn visas_of(passport: &str) -> Vec<Value> {
    use base64::Engine as _;
    let claims = passport.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["ga4gh_passport_v1"].as_array().unwrap().clone()
}
