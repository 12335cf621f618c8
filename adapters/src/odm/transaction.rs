//! Transaction types: what an element of a transactional file does with the state before it.

use super::element::Element;
use super::fault::Fault;
use super::vendor_status::VendorStatus;

/// The transaction type of an element (ODM 1.3.2 and 2.0, attribute `TransactionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transaction {
    /// The data is new.
    Insert,
    /// The data replaces data that exists.
    Update,
    /// The data and everything inside it is removed.
    Remove,
    /// The data is new or replaces data that exists.
    Upsert,
    /// The element states only the place of the elements inside it.
    Context,
}

/// The transaction type of an element with its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effective {
    pub(super) transaction: Transaction,
    /// Whether neither the element nor an element around it states a type, so that the type is `Insert` by default.
    pub(super) is_default: bool,
}

impl Effective {
    /// The type of an element that states none, and that has no element around it that states one. Files without transaction types mean
    /// insertions.
    pub(super) const DEFAULT: Self = Self {
        transaction: Transaction::Insert,
        is_default: true,
    };

    /// The type of an element: its own type or, if it states none, the type of the element around it (ODM 1.3.2 § 3.1.4, "TransactionType").
    pub(super) fn of(element: &Element, around: Self) -> Result<Self, Fault> {
        let stated = Transaction::stated(element)?;
        // A vendor marks removed data in its own namespace. The mark counts more than the type: removed data is exported with `Insert` too.
        let is_removed = element.vendor_status == VendorStatus::Removed;
        Ok(match stated.map(|stated| if is_removed { Transaction::Remove } else { stated }) {
            None if is_removed => Self {
                transaction: Transaction::Remove,
                is_default: false,
            },
            None => around,
            Some(transaction) => Self {
                transaction,
                is_default: false,
            },
        })
    }
}

impl Transaction {
    /// The type that the element itself states; `None` if it states none.
    pub(super) fn stated(element: &Element) -> Result<Option<Self>, Fault> {
        Ok(Some(match element.attribute("TransactionType") {
            None => return Ok(None),
            Some("Insert") => Self::Insert,
            Some("Update") => Self::Update,
            Some("Remove") => Self::Remove,
            Some("Upsert") => Self::Upsert,
            Some("Context") => Self::Context,
            Some(_) => {
                let what = "a TransactionType that ODM does not define";
                return Err(Fault::at("transaction-type", what, element.offset));
            }
        }))
    }
}
