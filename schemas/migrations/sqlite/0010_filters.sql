-- What filters compare, and which questions registered callers have asked.

-- How old the person was when last seen, as the unit stated it.
ALTER TABLE fact_source ADD COLUMN age_at_last_encounter TEXT;

-- Facts of a kind are read person by person.
CREATE INDEX fact_by_kind ON fact (dataset, kind, ordinal);

-- Callers with a budget of questions, as keyed digests: a row is locked while a question is charged.
CREATE TABLE question_budget (
    holder TEXT PRIMARY KEY
);

-- Questions of the budget's window, as keyed digests over the question and the epoch it was asked at.
CREATE TABLE asked_question (
    holder TEXT NOT NULL REFERENCES question_budget (holder),
    question TEXT NOT NULL,
    asked BIGINT NOT NULL,
    PRIMARY KEY (holder, question)
);

CREATE INDEX asked_question_by_time ON asked_question (holder, asked);
