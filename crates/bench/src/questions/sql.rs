//! The question in SQL: what three metrics of Infrastructure count, by the rules of their single track.
//!
//! Parameters: 1 the partner, 2 the last instant of the day, 3 the number of facts known, 4 the measured month.

/// The tables, but for that of usage, which each peer keeps in an order of its own.
pub(crate) const TABLES: &str = "
CREATE TABLE association (
    seq BIGINT NOT NULL, partner BIGINT NOT NULL, association BLOB NOT NULL, customer BLOB NOT NULL,
    mechanism TEXT NOT NULL, subscription TEXT, started BIGINT NOT NULL
);
CREATE TABLE ending (seq BIGINT NOT NULL, partner BIGINT NOT NULL, association BLOB, customer BLOB, moment BIGINT NOT NULL);
CREATE TABLE certification (
    seq BIGINT NOT NULL, partner BIGINT NOT NULL, person TEXT NOT NULL, certification TEXT NOT NULL, moment BIGINT NOT NULL
);
CREATE TABLE month_end (month BIGINT NOT NULL PRIMARY KEY, last BIGINT NOT NULL);
";

/// The indexes, made when the tables are full.
pub(crate) const INDEXES: &str = "
CREATE INDEX association_of ON association (partner);
CREATE INDEX ending_of ON ending (partner);
CREATE INDEX certification_of ON certification (partner);
";

/// The question; `{newest}` stands for the value of the row with the highest seq.
pub(crate) const QUESTION: &str = "
WITH covering AS MATERIALIZED (
    SELECT a.customer, a.subscription, a.started, (
        SELECT MIN(e.moment) FROM ending e
        WHERE e.partner = a.partner AND e.seq < ?3 AND e.moment <= ?2 AND e.moment >= a.started
            AND (e.association = a.association OR e.customer = a.customer)
    ) AS ended
    FROM association a
    WHERE a.partner = ?1 AND a.seq < ?3 AND a.started <= ?2 AND a.mechanism IN ('csp', 'dpor', 'pal')
),
newest AS (
    SELECT month, customer, product, subscription, {newest}
    FROM usage
    WHERE partner = ?1 AND metric = 'acr_usd' AND month BETWEEN ?4 - 23 AND ?4 AND seq < ?3
    GROUP BY month, customer, product, subscription
),
judged AS MATERIALIZED (
    SELECT n.customer, n.product, n.month, n.value,
        EXISTS (
            SELECT 1 FROM covering c, month_end m
            WHERE m.month = n.month AND c.customer = n.customer
                AND (c.subscription IS NULL OR n.subscription = '' OR c.subscription = n.subscription)
                AND c.started <= m.last AND (c.ended IS NULL OR m.last < c.ended)
        ) AS own,
        n.month IN (?4, ?4 - 1, ?4 - 12, ?4 - 13) AND EXISTS (
            SELECT 1 FROM covering c, month_end m
            WHERE m.month = CASE WHEN n.month > ?4 - 12 THEN ?4 ELSE ?4 - 12 END AND c.customer = n.customer
                AND (c.subscription IS NULL OR n.subscription = '' OR c.subscription = n.subscription)
                AND c.started <= m.last AND (c.ended IS NULL OR m.last < c.ended)
        ) AS recent
    FROM newest n
),
eligible AS (
    SELECT DISTINCT customer, side FROM (
        SELECT customer, month, month > ?4 - 12 AS side
        FROM judged WHERE recent GROUP BY customer, month HAVING SUM(value) >= 1000000000
    ) AS met
)
SELECT
    (SELECT COUNT(*) FROM eligible WHERE side),
    (SELECT COUNT(*) FROM eligible WHERE NOT side),
    (SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM judged WHERE own AND month > ?4 - 12),
    (SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM judged WHERE own AND month <= ?4 - 12),
    (SELECT COUNT(*) FROM (
        SELECT product FROM judged
        WHERE own AND month > ?4 - 12 AND product NOT IN ('virtual machines', 'virtual machines licenses')
        GROUP BY product HAVING SUM(value) > 0
    ) AS deployed)
";
