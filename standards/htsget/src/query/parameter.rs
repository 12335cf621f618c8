use crate::InvalidInput;

/// A request parameter of htsget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parameter {
    /// The parameter `format`.
    Format,
    /// The parameter `class`.
    Class,
    /// The parameter `referenceName`.
    ReferenceName,
    /// The parameter `start`.
    Start,
    /// The parameter `end`.
    End,
    /// The parameter `fields`.
    Fields,
    /// The parameter `tags`.
    Tags,
    /// The parameter `notags`.
    Notags,
    /// The member `regions`, in POST bodies only.
    Regions,
}

impl Parameter {
    /// The parameters that the query of a GET may contain.
    pub const GET: [Self; 8] = [
        Self::Format,
        Self::Class,
        Self::ReferenceName,
        Self::Start,
        Self::End,
        Self::Fields,
        Self::Tags,
        Self::Notags,
    ];

    /// The name of the parameter, which is case-sensitive.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Class => "class",
            Self::ReferenceName => "referenceName",
            Self::Start => "start",
            Self::End => "end",
            Self::Fields => "fields",
            Self::Tags => "tags",
            Self::Notags => "notags",
            Self::Regions => "regions",
        }
    }

    /// The error for a name that is not a parameter of the request, in the query of a GET or in the body of a POST.
    #[must_use]
    pub(super) fn fault_of(name: &str) -> InvalidInput {
        let all = Self::GET.into_iter().chain([Self::Regions]);
        match all.into_iter().find(|parameter| parameter.as_str().eq_ignore_ascii_case(name)) {
            // The name is spelt correctly, but the parameter is not allowed in a GET.
            Some(parameter) if parameter.as_str() == name => InvalidInput::Unknown,
            Some(parameter) => InvalidInput::Misspelt { parameter },
            None => InvalidInput::Unknown,
        }
    }

    /// The GET parameter with this name; `None` if htsget defines no GET parameter with this name.
    #[must_use]
    pub fn from_get_name(name: &str) -> Option<Self> {
        Self::GET.into_iter().find(|parameter| parameter.as_str() == name)
    }
}

impl std::fmt::Display for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
