-- The workload as someone who knows the engine and the tables would write it:
-- one scan, bit masks, one more scan for people, nothing that the definitions
-- do not ask for. %[1]d is the first instant after the day, %[2]d the day, and
-- %[3]d .. %[7]d are the codes of industries i1 to i5. Trends are rounded: 24 after
-- 20 is 0.2 more, and reaches it.
CREATE TABLE by_hand AS WITH
acc AS (SELECT _key, name, industry, spend_possible / 1e6::DOUBLE AS potential FROM fact_account),
ev AS (
  SELECT _key,
    count(*) FILTER (_at >= %[1]d - 28 * 86400000000) AS ev28,
    count(*) FILTER (_at >= %[1]d - 56 * 86400000000 AND _at < %[1]d - 28 * 86400000000) AS ev56,
    max(_at) AS newest,
    bit_or(CASE WHEN _at >= %[1]d - 90 * 86400000000 THEN 1::INTEGER << feature ELSE 0 END) AS features,
    bit_or(CASE WHEN _at >= %[1]d - 28 * 86400000000 THEN 1::INTEGER << ((_at - (%[1]d - 28 * 86400000000)) // 86400000000)::INTEGER ELSE 0 END) AS active
  FROM fact_event WHERE _at >= %[1]d - 180 * 86400000000 AND _at < %[1]d GROUP BY _key),
us AS (
  SELECT _key, count(*) AS users FROM (
    SELECT DISTINCT _key, contact FROM fact_event WHERE _at >= %[1]d - 28 * 86400000000 AND _at < %[1]d AND contact IS NOT NULL)
  GROUP BY _key),
con AS (
  SELECT _key, sum(arr) AS arr, sum(seats) AS seats
  FROM fact_contract WHERE starts <= %[2]d AND ends > %[2]d GROUP BY _key),
metrics AS (
  SELECT a._key, a.name, a.industry, a.potential,
    coalesce(u.users, 0)::DOUBLE AS active_users,
    coalesce(e.ev28, 0)::DOUBLE AS events,
    coalesce(e.ev56, 0)::DOUBLE AS events_before,
    CASE WHEN e.ev56 >= 20 THEN round_even((e.ev28::DOUBLE / e.ev56::DOUBLE - 1e0) * 1e9, 0) / 1e9 END AS trend,
    (%[2]d - e.newest // 86400000000)::DOUBLE AS quiet_days,
    coalesce(bit_count(e.features), 0)::DOUBLE AS features,
    coalesce(bit_count(e.active), 0)::DOUBLE AS active_days,
    coalesce(c.arr, 0)::DOUBLE / 1e2 AS arr,
    coalesce(c.seats, 0)::DOUBLE / 1e6 AS seats,
    coalesce(u.users, 0)::DOUBLE / nullif(c.seats::DOUBLE / 1e6, 0e0) AS utilisation
  FROM acc a
  LEFT JOIN ev e ON e._key = a._key
  LEFT JOIN us u ON u._key = a._key
  LEFT JOIN con c ON c._key = a._key),
cuts AS (
  SELECT industry AS grp, q[1] AS p40, q[2] AS p80, n FROM (
    SELECT industry, quantile_disc(potential, [0.4, 0.8]) AS q, count(*) AS n FROM acc WHERE potential > 0 GROUP BY industry)),
cuts_all AS (
  SELECT q[1] AS p40, q[2] AS p80 FROM (SELECT quantile_disc(potential, [0.4, 0.8]) AS q FROM acc WHERE potential > 0)),
dims AS (
  SELECT m.*,
    (CASE WHEN arr >= 5e4 THEN 4 WHEN arr >= 1.5e4 THEN 3 WHEN arr >= 3e3 THEN 2 WHEN arr < 3e3 THEN 1 END)::TINYINT AS d_value,
    (CASE WHEN utilisation >= 8e-1 THEN 4 WHEN utilisation >= 4e-1 THEN 3 WHEN utilisation >= 1e-6 THEN 2 WHEN utilisation < 1e-6 THEN 1 END)::TINYINT AS d_usage,
    (CASE WHEN trend >= 2e-1 THEN 3 WHEN trend >= -2e-1 THEN 2 WHEN trend < -2e-1 THEN 1 END)::TINYINT AS d_trend,
    (CASE WHEN potential <= 0e0 THEN 1 WHEN potential >= coalesce(c.p80, g.p80) THEN 4 WHEN potential >= coalesce(c.p40, g.p40) THEN 3 WHEN potential < coalesce(c.p40, g.p40) THEN 2 END)::TINYINT AS d_potential,
    (CASE WHEN quiet_days < 7e0 THEN 4 WHEN quiet_days < 3e1 THEN 3 WHEN quiet_days < 9e1 THEN 2 ELSE 1 END)::TINYINT AS d_recency
  FROM metrics m LEFT JOIN cuts c ON c.grp = m.industry AND c.n >= 20 CROSS JOIN cuts_all g),
rules AS (
  SELECT *,
    d_value = 4 AND d_usage = 4 AND d_trend = 3 AS r0,
    d_value = 4 AND d_usage <= 2 AND d_trend = 1 AS r1,
    d_value = 4 AND d_recency <= 2 AS r2,
    d_value = 4 AND d_potential = 4 AS r3,
    d_value = 4 AS r4,
    d_value = 3 AND d_usage = 4 AND d_potential >= 3 AS r5,
    d_value = 3 AND d_trend = 1 AND active_users < 5e0 AS r6,
    d_value = 3 AND d_recency <= 2 AS r7,
    d_value = 3 AND features >= 8e0 AS r8,
    d_value = 3 AND industry IN (%[3]d, %[4]d, %[5]d) AS r9,
    d_value = 3 AS r10,
    d_value = 2 AND d_potential = 4 AND d_usage >= 3 AS r11,
    d_value = 2 AND (d_trend = 1 OR d_recency = 1) AS r12,
    d_value = 2 AND active_days >= 1e1 AS r13,
    d_value = 2 AND industry IN (%[6]d, %[7]d) AS r14,
    d_value = 2 AS r15,
    d_usage = 4 AND events >= 1e1 AS r16,
    d_potential = 4 AND d_recency >= 3 AS r17,
    d_recency = 1 AND arr > 0e0 AS r18
  FROM dims),
seg AS (
  SELECT *,
    CASE WHEN r0 THEN 0 WHEN r1 THEN 1 WHEN r2 THEN 2 WHEN r3 THEN 3 WHEN r4 THEN 4 WHEN r5 THEN 5 WHEN r6 THEN 6 WHEN r7 THEN 7 WHEN r8 THEN 8 WHEN r9 THEN 9
         WHEN r10 THEN 10 WHEN r11 THEN 11 WHEN r12 THEN 12 WHEN r13 THEN 13 WHEN r14 THEN 14 WHEN r15 THEN 15 WHEN r16 THEN 16 WHEN r17 THEN 17 WHEN r18 THEN 18 ELSE 19 END::TINYINT AS segment,
    (CASE WHEN r0 IS NULL THEN 1 ELSE 0 END) | (CASE WHEN r1 IS NULL THEN 2 ELSE 0 END) | (CASE WHEN r2 IS NULL THEN 4 ELSE 0 END) | (CASE WHEN r3 IS NULL THEN 8 ELSE 0 END) |
    (CASE WHEN r4 IS NULL THEN 16 ELSE 0 END) | (CASE WHEN r5 IS NULL THEN 32 ELSE 0 END) | (CASE WHEN r6 IS NULL THEN 64 ELSE 0 END) | (CASE WHEN r7 IS NULL THEN 128 ELSE 0 END) |
    (CASE WHEN r8 IS NULL THEN 256 ELSE 0 END) | (CASE WHEN r9 IS NULL THEN 512 ELSE 0 END) | (CASE WHEN r10 IS NULL THEN 1024 ELSE 0 END) | (CASE WHEN r11 IS NULL THEN 2048 ELSE 0 END) |
    (CASE WHEN r12 IS NULL THEN 4096 ELSE 0 END) | (CASE WHEN r13 IS NULL THEN 8192 ELSE 0 END) | (CASE WHEN r14 IS NULL THEN 16384 ELSE 0 END) | (CASE WHEN r15 IS NULL THEN 32768 ELSE 0 END) |
    (CASE WHEN r16 IS NULL THEN 65536 ELSE 0 END) | (CASE WHEN r17 IS NULL THEN 131072 ELSE 0 END) | (CASE WHEN r18 IS NULL THEN 262144 ELSE 0 END) AS unknown
  FROM rules)
SELECT _key, name, active_users, events, events_before, trend, quiet_days, features, active_days, utilisation, arr, seats, potential,
  d_value, d_usage, d_trend, d_potential, d_recency, industry, segment, unknown & ((1::BIGINT << segment::INTEGER) - 1) AS open
FROM seg
