//! Values as they are written.

use toml::Spanned;
use toml::de::DeValue;

/// A value as TOML, on one line.
pub(super) fn written(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(integer) => integer.to_string(),
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(datetime) => datetime.to_string(),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| written(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(table) => {
            let mut entries: Vec<_> = table.iter().collect();
            entries.sort_by_key(|(name, _)| name.span().start);
            let entry = |(name, value): (&Spanned<_>, &Spanned<_>)| {
                format!("{} = {}", name.get_ref(), written(value.get_ref()))
            };
            format!("{{ {} }}", entries.into_iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}
