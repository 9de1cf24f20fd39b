//! What a partner and the programme tell of designations: enrolments, and scores that were shown.

use super::dice::Dice;
use super::draft::{Draft, Fields, dated, day_near};
use super::stage::Stage;
use chrono::{Datelike, Duration};
use serde_json::json;

/// The enrolments of an area: mostly some in Azure, whose tracks they hold, and few elsewhere.
pub fn enrol(dice: &mut Dice, stage: &Stage, partner: &str, area: &'static str) -> Vec<Draft> {
    let is_azure = matches!(area, "data_ai" | "infrastructure" | "digital_app");
    let times = if is_azure { dice.pick(&[0, 0, 1, 1, 2, 3]) } else { dice.pick(&[0, 0, 0, 1]) };
    let mut drafts = Vec::new();
    for _ in 0..times {
        let enrolled_on = match dice.below(6) {
            0 => day_near(stage, dice.range(-1, 1)),
            1 => day_near(stage, dice.range(-3, 40)),
            _ => day_near(stage, -dice.range(20, 360)),
        };
        let after_a_year = enrolled_on.with_year(enrolled_on.year() + 1).unwrap_or(enrolled_on + Duration::days(365));
        let anniversary = match dice.below(6) {
            0 | 1 => day_near(stage, dice.range(-1, 1)),
            2 | 3 => day_near(stage, dice.range(-20, 60)),
            _ => after_a_year,
        };
        let track = dice.pick(&[Some("smb"), Some("smb"), Some("enterprise"), Some("enterprise"), None]);
        let own = Fields::default()
            .with("area", area)
            .with("anniversary", anniversary.max(enrolled_on + Duration::days(1)).to_string())
            .with_some("track", track);
        let at = dice.instant_on(enrolled_on);
        drafts.push(dated(dice, "designation_enrolled", Some(partner), at, own));
    }
    drafts
}

/// A score that the programme showed.
pub fn publish(dice: &mut Dice, stage: &Stage, partner: &str, area: &'static str) -> Draft {
    let points = dice.pick(&["0", "70", "63.42", "99.9", "100.00"]);
    let metrics = dice.chance(50).then(|| json!({"net_customer_adds": "20.0", "deployments": points}));
    let own = Fields::default().with("area", area).with("points", points).with_some("metrics", metrics);
    let shown_on = day_near(stage, -dice.range(0, 200));
    let at = dice.instant_on(shown_on);
    dated(dice, "score_published", Some(partner), at, own)
}
