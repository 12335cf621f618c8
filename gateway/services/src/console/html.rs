//! Writes HTML in which every text and every attribute is escaped. The output is also well-formed XML.

/// An HTML document under construction.
pub(super) struct Html(String);

impl Html {
    pub(super) fn new() -> Self {
        Self("<!DOCTYPE html>\n".to_owned())
    }

    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.begin(name, attributes);
        self.0.push('>');
    }

    pub(super) fn close(&mut self, name: &'static str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        // A line break is added only where it has no meaning.
        if !matches!(name, "span" | "code" | "a") {
            self.0.push('\n');
        }
    }

    /// Writes an element that never has content.
    pub(super) fn void(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.begin(name, attributes);
        self.0.push_str("/>\n");
    }

    /// Writes an element that contains only text.
    pub(super) fn element(&mut self, name: &'static str, attributes: &[(&'static str, &str)], text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close(name);
    }

    /// Writes a link, or only its text if the scheme of the address is not allowed.
    pub(super) fn link(&mut self, url: &str, text: &str) {
        if ["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme)) {
            self.element("a", &[("href", url), ("rel", "noreferrer")], text);
        } else {
            self.text(text);
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        escape(&mut self.0, text);
    }

    /// Writes the style sheet. The sheet is a constant without characters to escape, and its digest is in the page's content security
    /// policy.
    pub(super) fn style(&mut self, sheet: &'static str) {
        self.0.push_str("<style>");
        self.0.push_str(sheet);
        self.0.push_str("</style>\n");
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    fn begin(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            self.0.push_str("=\"");
            escape(&mut self.0, value);
            self.0.push('"');
        }
    }
}

fn escape(into: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            // HTML allows no control characters other than line break and tab.
            '\n' | '\t' => into.push(character),
            _ if character.is_control() => into.push('\u{fffd}'),
            _ => into.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_a_script_address_is_not_linked() {
        let mut html = Html::new();
        html.element("p", &[("id", "\"><script>")], "<script>alert('x')</script>&\u{0}");
        html.link("javascript:alert(1)", "<b>");
        let text = html.finish();
        assert!(
            !text.contains("<script") && !text.contains("javascript") && !text.contains("<b>"),
            "{text}"
        );
        assert!(
            text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\u{fffd}"),
            "{text}"
        );
    }
}
