//! The operation of a request: a line of the route table, or none.

use std::collections::HashMap;
use std::sync::OnceLock;

use actix_web::http::Method;

use crate::http::routes::{ROUTES, Route, template_of};

/// The name of a request that matches no line of the route table, for example of an unknown path.
const NONE: &str = "none";

/// A line of the route table by its position, or the position after the last line for a request without an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation(usize);

impl Operation {
    /// The number of operations, with the operation of requests that match no line.
    pub(crate) const COUNT: usize = ROUTES.len() + 1;

    /// Every operation, in the order of the route table.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// The position, from 0 to [`Self::COUNT`] - 1.
    pub(crate) fn position(self) -> usize {
        self.0
    }

    /// The line of the route table. Absent for a request that matches none.
    pub(crate) fn route(self) -> Option<&'static Route> {
        ROUTES.get(self.0)
    }

    /// The operationId, or `none`.
    pub(crate) fn name(self) -> &'static str {
        self.route().map_or(NONE, |route| route.operation)
    }
}

/// The operation of a method on a matched template. HEAD has the operation of GET, except on a path with its own operation for HEAD.
pub(crate) fn operation_of(method: &Method, matched: &str) -> Operation {
    static LINES: OnceLock<HashMap<(&'static str, &'static str), usize>> = OnceLock::new();
    let lines = LINES.get_or_init(|| ROUTES.iter().enumerate().map(|(at, r)| ((r.template, r.method), at)).collect());
    let template = template_of(matched);
    let find = |method| lines.get(&(template, method)).copied();
    let found = match *method {
        Method::GET => find("get"),
        Method::HEAD => find("head").or_else(|| find("get")),
        Method::POST => find("post"),
        Method::PUT => find("put"),
        Method::OPTIONS => find("options"),
        _ => None,
    };
    Operation(found.unwrap_or(ROUTES.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_route_table_is_found_by_its_method_and_template() {
        for (at, route) in ROUTES.iter().enumerate() {
            let method = Method::from_bytes(route.method.to_ascii_uppercase().as_bytes()).unwrap_or_default();
            assert_eq!(
                operation_of(&method, route.template),
                Operation(at),
                "{} {}",
                route.method,
                route.template
            );
        }
    }

    #[test]
    fn head_has_the_operation_of_get_and_an_unknown_path_has_none() {
        assert_eq!(operation_of(&Method::HEAD, "/services").name(), "getServices");
        assert_eq!(operation_of(&Method::HEAD, "/bytes/{capability}").name(), "headBytes");
        assert_eq!(operation_of(&Method::GET, "/beacon/individuals/").name(), "getIndividuals");
        assert_eq!(operation_of(&Method::GET, "").name(), "none");
        assert_eq!(operation_of(&Method::DELETE, "/services").name(), "none");
    }
}
