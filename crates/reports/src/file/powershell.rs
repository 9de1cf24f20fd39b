//! Objects as PowerShell prints them, as JSON: lists of `Name : value`, and tables under a line of dashes.
//!
//! Only what begins with the names of a partner admin link is taken for such a print, and only as a whole.

use serde_json::{Map, Value};

/// Names with which a list of such an object may begin.
const NAMES: &[&str] =
    &["partnerid", "partnername", "tenantid", "objectid", "state", "id", "name", "etag", "type", "version"];
/// The names that a table has.
const NEEDED: &[&str] = &["partnerid", "tenantid", "objectid"];

/// The most bytes that are looked at; nobody prints more.
pub(crate) const MOST_BYTES: usize = 16 << 20;

/// Whether a text begins like a print.
pub(crate) fn is_print(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let line = plain(line);
    let names: Vec<String> = line.split_whitespace().map(str::to_ascii_lowercase).collect();
    let is_list = member(&line).is_some_and(|(name, _)| NAMES.contains(&name.to_ascii_lowercase().as_str()));
    is_list || NEEDED.iter().all(|name| names.iter().any(|found| found == name))
}

/// The objects of a print as JSON, each on the line on which it begins; `None` for what is no print throughout.
pub(crate) fn to_json(text: &str) -> Option<String> {
    let lines: Vec<(usize, String)> = text.lines().map(plain).enumerate().collect();
    let objects = list(&lines).or_else(|| table(&lines))?;
    let mut json = String::new();
    let mut at = 0;
    for (line, object) in objects {
        json.extend(std::iter::repeat_n('\n', line - at));
        at = line;
        json.push_str(&Value::Object(object).to_string());
    }
    Some(json)
}

type PrintedObjects = Vec<(usize, Map<String, Value>)>;

/// Objects of a list: a line a member, a blank line or a name again behind each.
fn list(lines: &[(usize, String)]) -> Option<PrintedObjects> {
    let mut objects: PrintedObjects = Vec::new();
    let mut last: Option<String> = None;
    for (place, line) in lines {
        if line.trim().is_empty() {
            last = None;
            continue;
        }
        if let (true, Some(name)) = (line.starts_with(' '), &last) {
            // What is too long for a line goes on below.
            let value = objects.last_mut()?.1.get_mut(name)?;
            *value = Value::from(format!("{}{}", value.as_str()?, line.trim()));
            continue;
        }
        let (name, value) = member(line)?;
        let is_next = last.is_none() || objects.last().is_none_or(|(_, object)| object.contains_key(name));
        if is_next {
            objects.push((*place, Map::new()));
        }
        objects.last_mut()?.1.insert(name.to_owned(), Value::from(value));
        last = Some(name.to_owned());
    }
    (!objects.is_empty()).then_some(objects)
}

/// Name and value of a line of a list.
fn member(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(" :").or_else(|| line.split_once(':'))?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_name && (value.is_empty() || value.starts_with(' '))).then_some((name, value.trim()))
}

/// Objects of a table: names, dashes below them, a row each.
fn table(lines: &[(usize, String)]) -> Option<PrintedObjects> {
    let mut rows = lines.iter().filter(|(_, line)| !line.trim().is_empty());
    let names: Vec<&str> = rows.next()?.1.split_whitespace().collect();
    let dashes = &rows.next()?.1;
    let starts: Vec<usize> =
        dashes.split_whitespace().map(|dash| dash.as_ptr() as usize - dashes.as_ptr() as usize).collect();
    if starts.len() != names.len() || !dashes.bytes().all(|byte| matches!(byte, b'-' | b' ')) {
        return None;
    }
    let objects = rows.map(|(place, line)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let cells: Vec<String> = if words.len() == names.len() {
            words.into_iter().map(str::to_owned).collect()
        } else {
            cut(line, &starts)
        };
        let members = names.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), Value::from(cell)));
        (*place, members.collect())
    });
    Some(objects.collect())
}

/// The cells of a row whose columns begin at these characters.
fn cut(line: &str, starts: &[usize]) -> Vec<String> {
    let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
    let cell =
        |(start, end): (&usize, usize)| line.chars().take(end).skip(*start).collect::<String>().trim().to_owned();
    starts.iter().zip(ends).map(cell).collect()
}

/// A line without the colours of a terminal and the space behind it.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut plain = parts.next().expect("a text has a first part").to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, text)| text));
    }
    plain.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{is_print, to_json};

    const LIST: &str = "\n\nPartnerId   : 123456\nPartnerName :\nTenantId    : t-1\nObjectId    : o-1\nState       : Active\n\n\
        PartnerId   : 123457\nTenantId    : t-2\n              and on\nState       : Deleted\n\n";

    #[test]
    fn lists_and_tables_become_objects_on_their_lines() {
        let objects = "\n\n{\"PartnerId\":\"123456\",\"PartnerName\":\"\",\"TenantId\":\"t-1\",\"ObjectId\":\"o-1\",\
            \"State\":\"Active\"}\n\n\n\n\n\n{\"PartnerId\":\"123457\",\"TenantId\":\"t-2and on\",\"State\":\"Deleted\"}";
        assert!(is_print(LIST.as_bytes()));
        assert_eq!(to_json(LIST).as_deref(), Some(objects));
        let coloured = LIST.replace("PartnerId   :", "\u{1b}[32;1mPartnerId   : \u{1b}[0m");
        assert!(is_print(coloured.as_bytes()));
        assert_eq!(to_json(&coloured).as_deref(), Some(objects));
        let table = "\nPartnerId PartnerName TenantId ObjectId  State\n--------- ----------- -------- --------  -----\n\
            123456    Contoso Ltd t-1      o-1       Active\n   123457 Fabrikam    t-2      o-2       Active\n";
        assert!(is_print(table.as_bytes()));
        assert_eq!(
            to_json(table).as_deref(),
            Some(
                "\n\n\n{\"PartnerId\":\"123456\",\"PartnerName\":\"Contoso Ltd\",\"TenantId\":\"t-1\",\
                 \"ObjectId\":\"o-1\",\"State\":\"Active\"}\n{\"PartnerId\":\"123457\",\"PartnerName\":\"Fabrikam\",\
                 \"TenantId\":\"t-2\",\"ObjectId\":\"o-2\",\"State\":\"Active\"}"
            )
        );
    }

    #[test]
    fn other_texts_are_no_prints() {
        for head in
            ["PartnerId,TenantId,ObjectId,State\n", "Report : Azure usage\n", "{\"PartnerId\" : 1}\n", "", "\u{fffd}"]
        {
            assert!(!is_print(head.as_bytes()), "{head:?}");
        }
        for text in ["", "PartnerId : 1\nMonth,ACR_USD\n", "PartnerId TenantId ObjectId\n1 2 3\n", "a b\n--- - -\n"] {
            assert_eq!(to_json(text), None, "{text:?}");
        }
    }
}
