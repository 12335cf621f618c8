-- Whether a file is served: `served`; `held`, until a steward releases it; `unloaded`, for good. What is not served is unknown to every caller.
ALTER TABLE data_object ADD COLUMN status TEXT NOT NULL DEFAULT 'served';
ALTER TABLE data_object ADD COLUMN status_reason TEXT;
ALTER TABLE data_object ADD COLUMN status_changed BIGINT;

CREATE INDEX data_object_by_status ON data_object (status);
