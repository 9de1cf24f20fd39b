//! When two names are the same (scoring specification, section 1, "Identity").

/// A product or workload as it is compared: without regard to the case of A-Z.
#[must_use]
pub fn product(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Whether two names are those of one product.
#[must_use]
pub fn is_product(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// An offer as it is compared: as a product, and any run of spaces, hyphens and underscores is one underscore.
#[must_use]
pub fn offer(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            ' ' | '-' | '_' if folded.ends_with('_') => {}
            ' ' | '-' | '_' => folded.push('_'),
            other => folded.push(other.to_ascii_lowercase()),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::{offer, product};

    #[test]
    fn offers_are_the_same_whatever_parts_their_words() {
        for name in ["Benefit Program", "benefit_program", "BENEFIT--program", "Benefit -_ Program"] {
            assert_eq!(offer(name), "benefit_program");
        }
        assert_ne!(offer("Benefit Program "), "benefit_program");
    }

    #[test]
    fn only_ascii_letters_lose_their_case() {
        assert_eq!(product("M365 ÄPFEL"), "m365 Äpfel".replace('ä', "Ä"));
    }
}
