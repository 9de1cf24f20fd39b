//! Tokens that are limited to a partner see nothing of others, in no view.

use super::{PARTNER, Service, VIEWS, demo, said};
use crate::processes::answer;

/// The other partner of the demo.
const OTHER: &str = "6099001";

#[test]
fn no_view_shows_another_partner_to_a_token_that_is_limited_to_one() {
    let dir = demo();
    let make = |scope: &str| {
        let args = ["token", "make", "--tokens", "tokens", "--name", scope, "--scope", scope, "--partner", PARTNER];
        answer(dir.path(), &args).lines().next().expect("a token").to_owned()
    };
    let tokens = ["read", "audit"].map(make);
    let mut service = Service::start(dir.path(), &["--tokens", "tokens"]);
    for token in tokens {
        service.token = token;
        for view in VIEWS {
            let reply = service.get(view);
            let is_refused = service.token.is_empty() || reply.status == 403;
            assert!(reply.status == 200 || (is_refused && view.contains("/entries")), "{view}: {}", reply.text());
            assert!(!reply.text().contains(OTHER), "{view} tells of the other: {}", reply.text());
        }
        // Findings name another partner, and leave its entries out.
        let partner = service.get(&format!("/p/{PARTNER}?as_of=2025-03-31"));
        let shown = said(partner.text());
        assert!(shown.contains("has a dpor of another partner as well"), "{shown}");
        assert!(!partner.text().contains("/entries/651"), "{shown}");
        for export in ["json", "jsonl", "csv"] {
            let all = service.get(&format!("/?as_of=2025-03-31&format={export}"));
            assert_eq!((all.status, all.text().contains(OTHER)), (200, false), "{}", all.text());
        }
        // A partner whom the ledger knows is told as one whom it does not know.
        for view in [
            "/p/P?as_of=2025-03-31",
            "/p/P/security",
            "/p/P/security/timeline",
            "/p/P/security/why",
            "/p/P/security/ahead",
        ] {
            let [known, unknown] = [OTHER, "6099002"].map(|partner| {
                let reply = service.get(&view.replace("/P", &format!("/{partner}")));
                (reply.status, reply.text().replace(partner, "P"))
            });
            assert_eq!(known, unknown, "{view}");
            assert_eq!(known.0, 404, "{view}");
        }
        assert!(!service.get(&format!("/p/{PARTNER}/entries?q=1")).text().contains(OTHER));
    }
    for view in ["/entries/651", "/p/6099001/entries", "/audit?partner=6099001"] {
        let reply = service.get(view);
        assert_eq!(reply.status, 404, "{view}: {}", reply.text());
        assert!(!reply.text().contains("6099001") || view.contains("6099001"), "{view}: {}", reply.text());
    }
}
