//! The words for what a rulebook's fields say.

use app::text::plain;
use projection::rulebook::{Family, Metric, Rulebook, ShownRow};
use toml::Value;

use super::figure_text::grouped;
use super::names;

/// The days in which one qualifying day is enough.
pub(super) fn window(row: &ShownRow<'_>) -> String {
    let number = |field: &str| row.fields.get(field).map_or_else(String::new, figure);
    let months = number("months_back");
    let open = match row.text("not_enrolled") {
        "same_day" => format!("is enough, from the same day {months} months before on"),
        "full_months" => format!("is enough, from the first day of the month {months} months before on"),
        _ => "is the day itself".to_owned(),
    };
    let enrolled = match row.text("enrolled") {
        "days_before" => format!("in the {} days before the anniversary", number("days")),
        _ => format!("from {months} months before that of the anniversary to its end"),
    };
    format!("{open}; when enrolled, {enrolled}")
}

pub(super) fn tracks(mode: &str, class_by: &str) -> String {
    let by = match (mode, class_by) {
        ("single", _) => return "one for all partners".to_owned(),
        ("both_take_higher", _) => "the higher total counts",
        (_, "smb_share") => "SMB where the bounds below hold, else enterprise",
        (_, "large_pairs") => "enterprise where the bounds below hold, else SMB",
        (other, _) => other,
    };
    format!("enterprise and SMB: {by}")
}

/// What a metric of usage counts.
pub(super) fn counts(family: Family, metric: Metric) -> Option<&'static str> {
    use Metric::{Deployments, NetCustomerAdds, UsageGrowth};
    Some(match (family, metric) {
        (Family::Azure, NetCustomerAdds) => "customers by their Azure consumption (ACR), less those of a year before",
        (Family::Azure, UsageGrowth) => "Azure consumption (ACR) of 12 months, against the 12 months before",
        (Family::Azure, Deployments) => "products with Azure consumption (ACR) in 12 months, of all customers together",
        (Family::BusinessApplications, NetCustomerAdds) => {
            "pairs of customer and product by their revenue, less those of a year before"
        }
        (Family::BusinessApplications, UsageGrowth) => {
            "the monthly consumption value (MCV), against that of a year before"
        }
        (Family::BusinessApplications, Deployments) => {
            "pairs of customer and product by their monthly consumption value (MCV), less those of a year before"
        }
        (Family::ModernWork, NetCustomerAdds) => {
            "customers by the paid seats of a workload, less those of a year before"
        }
        (Family::ModernWork, UsageGrowth) => "active users, less those of a year before",
        (Family::ModernWork, Deployments) => {
            "customers by the share of a workload's seats with an active user, less those of a year before"
        }
        (Family::Security, NetCustomerAdds) => {
            "customers by their Azure consumption of 12 months and customers by their paid seats, less those of a year before"
        }
        (Family::Security, UsageGrowth) => "growth of Azure consumption of 12 months and of active users, added",
        (Family::Security, Deployments) => {
            "customers by their Azure consumption of 12 months and customers by their share of active users, less those of a \
             year before"
        }
        (_, Metric::Intermediate | Metric::Advanced) => return None,
    })
}

/// What stands behind the threshold of a metric.
pub(super) fn unit(family: Family, metric: Metric) -> &'static str {
    match (family, metric) {
        (Family::Azure | Family::BusinessApplications, Metric::UsageGrowth) => "% of growth",
        (Family::Azure, Metric::Deployments) => " products",
        (_, Metric::Intermediate | Metric::Advanced) => " people",
        (Family::BusinessApplications, Metric::NetCustomerAdds | Metric::Deployments) => " pairs more",
        (_, Metric::NetCustomerAdds | Metric::Deployments) => " customers more",
        (_, Metric::UsageGrowth) => " users more",
    }
}

/// What a field is about; a name that is not known stands for itself.
pub(super) fn label(base: &str, family: Family) -> &str {
    match base {
        "usd" if family == Family::Azure => "ACR of a month",
        "usd" => "revenue of a month",
        "total_usd" | "azure_usd" | "ttm_usd" => "ACR of 12 months",
        "baseline_mcv" => "MCV a year before",
        "mcv" => "MCV of a month",
        "seats" | "m365_seats" => "paid seats",
        "active_share" | "m365_active_share" => "share of users",
        "smb_share" => "share of SMB",
        "pairs" => "pairs above that",
        "months" => "months looked at",
        "associations" | "options" => "through",
        "associations_azure" => "through, Azure",
        "associations_m365" => "through, M365",
        "associations_dynamics_365" => "through, Dynamics",
        "associations_power_platform" => "through, Power P.",
        "excluded_offers" => "without offers",
        "excluded_products" => "without products",
        "azure_usd_per_point" => "a point for each",
        "m365_users_per_point" => "and for each",
        "promoted_tenant_stays" => "above the seats",
        other => other,
    }
}

/// What a field says, in words.
pub(super) fn said(base: &str, end: &str, value: &Value, book: &Rulebook) -> String {
    let unit = if base.contains("usd") {
        " USD"
    } else if base.contains("users") {
        " active users"
    } else {
        ""
    };
    let bound = match end {
        "min" => "at least ",
        "max" => "at most ",
        "above" => "more than ",
        "below" => "less than ",
        _ => "",
    };
    let figure = if base.contains("share") { percent(value) } else { figure(value) };
    match value {
        Value::Array(items) if base.starts_with("associations") => {
            let names: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            names::associations(&names, book)
        }
        Value::Array(items) if base == "options" => {
            let option = |item: &Value| {
                let name = item.get("association").and_then(Value::as_str).unwrap_or_default();
                let threshold = item.get("threshold").map(self::figure).unwrap_or_default();
                format!("{} (maximum at {threshold})", names::associations(&[name], book))
            };
            let options: Vec<String> = items.iter().map(option).collect();
            format!("{}, whichever gives more", options.join(" or "))
        }
        Value::Array(items) => {
            let names: Vec<String> = items.iter().filter_map(Value::as_str).map(plain).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        }
        Value::Boolean(true) if base == "promoted_tenant_stays" => {
            "who was in the bounds a year before still counts".to_owned()
        }
        Value::Boolean(_)
        | Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Datetime(_)
        | Value::Table(_) => {
            format!("{bound}{figure}{unit}")
        }
    }
}

/// A share in percent.
fn percent(value: &Value) -> String {
    let share = value.as_str().and_then(|share| ledger::Amount::parse(share).ok());
    share.map_or_else(|| figure(value), |share| format!("{}%", ledger::Amount::from_micros(share.micros() * 100)))
}

/// A number with commas between its thousands; a text as it is.
pub(super) fn figure(value: &Value) -> String {
    let Some(number) = value.as_integer() else { return value.as_str().map_or_else(|| value.to_string(), plain) };
    grouped(&number.to_string())
}

/// A text in lines of at most so many characters. A word that is longer is cut.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let letters: Vec<Vec<char>> = text.split(' ').map(|word| word.chars().collect()).collect();
    let words = letters.iter().flat_map(|word| word.chunks(width.max(1))).map(String::from_iter);
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{figure, wrapped};

    #[test]
    fn numbers_are_grouped_and_texts_are_wrapped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(figure(&toml::Value::Integer(number)), text);
        }
        assert_eq!(wrapped("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrapped("a longer", 3), ["a", "lon", "ger"]);
    }
}
