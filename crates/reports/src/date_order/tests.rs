//! Files whose dates tell an order, need one, or contradict.

use crate::{DateOrder, Kind, ReportError, as_of, survey_as};

const DAY: Option<DateOrder> = Some(DateOrder::DayFirst);
const MONTH: Option<DateOrder> = Some(DateOrder::MonthFirst);

/// What a file tells, in a word; columns and rows are parted by spaces.
fn order(kind: Kind, columns: &str, rows: &[&str], said: Option<DateOrder>) -> String {
    let mut text = columns.replace(' ', ",");
    for row in rows {
        text = format!("{text}\n{}", row.replace(' ', ","));
    }
    let looked = survey_as(text.as_bytes(), Some(kind), said).expect("it is text");
    match looked.notation {
        Ok(notation) => notation.dates.map_or("none", DateOrder::text).to_owned(),
        Err(error @ ReportError::NoDateOrder { .. }) => {
            assert!(error.hint().expect("a hint").contains("--day-first or --month-first"));
            "needed".to_owned()
        }
        Err(error @ ReportError::DateOrders { .. }) => {
            let hint = error.hint().expect("a hint");
            assert!(hint.contains("--day-first") && hint.contains("--month-first"), "{hint}");
            "both".to_owned()
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn days_above_twelve_and_months_beside_a_day_tell_the_order_of_a_file() {
    let columns = "TrainingTitle TrainingCompletionDate Month ExpirationDate";
    for (rows, expected) in [
        (&["a 2024-07-03 x 2025-07-03"][..], "none"),
        (&["a 03/07/2024 x 2025-07-03"], "needed"),
        (&["a 03-07-2024 x x"], "needed"),
        (&["a 03/07/2024 x x", "a 25/12/2023 x x"], "day first"),
        (&["a 12/25/2023 x x", "a 03/07/2024 x x"], "month first"),
        (&["a 03/07/2024 x 25/12/2025"], "day first"),
        (&["a 25/12/2023 x x", "a 12/25/2023 x x"], "both"),
        (&["a 25/12/2023 x 12/25/2024"], "both"),
        (&["a 03/07/2024 Jul-24 x"], "day first"),
        (&["a 03/07/2024 202403 x"], "month first"),
        (&["a 03/07/2024 2024-07-01 x"], "day first"),
        (&["a 03/07/2024 Jul-24 x", "a 03/07/2024 Mar-24 x"], "both"),
        (&["a 03/07/2024 Dec-24 x"], "needed"),
        (&["a 03/07/2024 Jul-24 x", "a 12/25/2023 x x"], "both"),
        (&["a 05/05/2024 x 06/06/2024"], "none"),
        (&["a 05/05/2024 x x", "a 03/07/2024 x x"], "needed"),
        (&["a 31/04/2024 x x", "a 03/07/2024 x x"], "needed"),
        (&["a 03/07/24 x x"], "none"),
        (&["a 03.07.2024 x x"], "day first"),
        (&["a 12.25.2023 x x", "a 03.07.2024 x x"], "both"),
        (&["a 1/1/0001 x x"], "none"),
    ] {
        assert_eq!(order(Kind::TrainingCompletions, columns, rows, None), expected, "{rows:?}");
    }
}

#[test]
fn months_are_written_by_their_first_days() {
    let columns = "Date WorkloadName DateAssociated ClaimId PaidAvailableUnits SubscriptionStartDate";
    for (rows, expected) in [
        (&["01/06/2024 t 03/07/2023 1 1 x", "01/05/2024 t 03/07/2023 1 1 x"][..], "day first"),
        (&["06/01/2024 t 03/07/2023 1 1 x"], "month first"),
        (&["01/01/2024 t 2023-07-03 1 1 x"], "none"),
        (&["01/01/2024 t 03/07/2023 1 1 x"], "needed"),
        (&["07/08/2024 t 2023-07-03 1 1 x"], "needed"),
        (&["01/06/2024 t x 1 1 x", "06/01/2024 t x 1 1 x"], "needed"),
        (&["01/06/2024 t 12/25/2023 1 1 x"], "both"),
        (&["01/06/2024 t 25/12/2023 1 1 x"], "day first"),
        // A column that is not read tells the order, and needs none.
        (&["07/08/2024 t x 1 1 25/12/2020"], "day first"),
        (&["2024-08-01 t 2023-07-03 1 1 03/07/2020"], "none"),
        (&["2024-08-01 t 2023-07-03 1 1 25/12/2020", "2024-08-01 t x 1 1 12/25/2020"], "none"),
    ] {
        assert_eq!(order(Kind::CporM365Usage, columns, rows, None), expected, "{rows:?}");
    }
}

#[test]
fn a_file_that_proves_another_order_than_the_command_is_refused() {
    let columns = "TrainingTitle TrainingCompletionDate Month";
    for (row, said, expected) in [
        ("a 03/07/2024 x", DAY, "day first"),
        ("a 03/07/2024 x", MONTH, "month first"),
        ("a 03.07.2024 x", MONTH, "month first"),
        ("a 2024-07-03 x", MONTH, "month first"),
        ("a 25/12/2023 x", DAY, "day first"),
    ] {
        assert_eq!(order(Kind::TrainingCompletions, columns, &[row], said), expected, "{row}");
    }
    for (row, said, expected) in [
        ("a 25/12/2023 x", MONTH, "`TrainingCompletionDate` \"25/12/2023\" on line 2 is day first"),
        ("a 03/07/2024 Mar-24", DAY, "`TrainingCompletionDate` \"03/07/2024\" on line 2 is month first"),
    ] {
        let told = order(Kind::TrainingCompletions, columns, &[row], said);
        assert_eq!(told, format!("read the dates as the command says: {expected}"));
    }
    let months = "Month ServiceLevel2 ACR_USD";
    assert_eq!(order(Kind::AzureUsage, months, &["01/06/2024 x 1"], MONTH), "month first", "a custom is no proof");
}

#[test]
fn the_day_of_a_file_follows_from_its_dates_in_their_order() {
    for (dates, day) in [
        (["03/07/2024", "25/12/2023"], Some("2024-07-03")),
        (["03/07/2024", "12/25/2023"], Some("2024-03-07")),
        (["05/05/2024", "2023-12-25"], Some("2024-05-05")),
    ] {
        let text = format!("TrainingTitle,TrainingCompletionDate\na,{}\na,{}\n", dates[0], dates[1]);
        let looked = survey_as(text.as_bytes(), None, None).expect("it is text");
        let found = as_of(None, "t.csv", looked.newest).map(|day| day.to_string());
        assert_eq!(found.as_deref(), day, "{dates:?}");
    }
}
