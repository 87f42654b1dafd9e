-- The first shape of the database.  Written out in full: it must not change when the models do.

CREATE TABLE area (
    id UUID NOT NULL,
    parent_id UUID,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    CONSTRAINT pk_area PRIMARY KEY (id),
    CONSTRAINT ck_area_kind CHECK (kind IN ('county', 'township', 'village', 'community')),
    CONSTRAINT uq_area_parent_id_name UNIQUE (parent_id, name),
    CONSTRAINT fk_area_parent_id FOREIGN KEY(parent_id) REFERENCES area (id),
    CONSTRAINT uq_area_slug UNIQUE (slug)
);

CREATE TABLE beat (
    part TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_beat PRIMARY KEY (part)
);

CREATE TABLE clock_offset (
    one BOOLEAN DEFAULT true NOT NULL,
    ahead INTERVAL DEFAULT '0' NOT NULL,
    CONSTRAINT pk_clock_offset PRIMARY KEY (one),
    CONSTRAINT ck_clock_offset_one_row CHECK (one)
);

CREATE TABLE person (
    id UUID NOT NULL,
    phone TEXT NOT NULL,
    password_hash TEXT,
    must_change_password BOOLEAN DEFAULT false NOT NULL,
    language TEXT DEFAULT 'zh_Hans' NOT NULL,
    large_print BOOLEAN DEFAULT false NOT NULL,
    failed_tries INTEGER DEFAULT '0' NOT NULL,
    failed_since TIMESTAMP WITH TIME ZONE,
    disabled_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_phone UNIQUE (phone)
);

CREATE TABLE county_term (
    id UUID NOT NULL,
    area_id UUID NOT NULL,
    name TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    CONSTRAINT pk_county_term PRIMARY KEY (id),
    CONSTRAINT ck_county_term_order CHECK (starts_on < ends_on),
    CONSTRAINT uq_county_term_area_id_starts_on UNIQUE (area_id, starts_on),
    CONSTRAINT fk_county_term_area_id FOREIGN KEY(area_id) REFERENCES area (id)
);

CREATE TABLE login_session (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    token_hash TEXT NOT NULL,
    device TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_login_session PRIMARY KEY (id),
    CONSTRAINT fk_login_session_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT uq_login_session_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_login_session_person_id ON login_session (person_id);

CREATE TABLE organisation (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    kind TEXT NOT NULL,
    bureau_kind TEXT,
    name TEXT NOT NULL,
    area_id UUID NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    is_demo BOOLEAN DEFAULT false NOT NULL,
    pupils_total INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organisation PRIMARY KEY (id),
    CONSTRAINT ck_organisation_kind CHECK (kind IN ('county', 'school', 'kindergarten', 'village', 'community', 'bureau')),
    CONSTRAINT ck_organisation_status CHECK (status IN ('active', 'suspended', 'closed')),
    CONSTRAINT uq_organisation_area_id_name UNIQUE (area_id, name),
    CONSTRAINT uq_organisation_slug UNIQUE (slug),
    CONSTRAINT fk_organisation_area_id FOREIGN KEY(area_id) REFERENCES area (id)
);

CREATE INDEX ix_organisation_area_id ON organisation (area_id);

CREATE TABLE api_key (
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    scopes JSONB NOT NULL,
    created_by UUID,
    last_used_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_api_key PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_api_key_tenant_id_key_hash UNIQUE (tenant_id, key_hash),
    CONSTRAINT fk_api_key_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE TABLE application (
    kind TEXT NOT NULL,
    bureau_kind TEXT,
    name TEXT NOT NULL,
    area_id UUID NOT NULL,
    contact_name TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    reason TEXT,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    organisation_id UUID,
    invitation_id UUID,
    status_token_hash TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_application PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_application_state CHECK (state IN ('open', 'approved', 'refused')),
    CONSTRAINT uq_application_tenant_id_status_token_hash UNIQUE (tenant_id, status_token_hash),
    CONSTRAINT fk_application_area_id FOREIGN KEY(area_id) REFERENCES area (id),
    CONSTRAINT fk_application_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_application_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_application_tenant_id_state_created_at ON application (tenant_id, state, created_at);

CREATE TABLE audit_entry (
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID,
    detail JSONB DEFAULT '{}' NOT NULL,
    request_id TEXT,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_audit_entry_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_audit_entry_tenant_id_at ON audit_entry (tenant_id, at);

CREATE INDEX ix_audit_entry_tenant_id_subject_id_at ON audit_entry (tenant_id, subject_id, at);

CREATE TABLE event (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    subject_id UUID NOT NULL,
    payload JSONB NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor_id UUID,
    request_id TEXT,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_event_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_event_tenant_id_subject_id_name ON event (tenant_id, subject_id, name);

CREATE TABLE idempotency_key (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status INTEGER,
    headers JSONB DEFAULT '{}' NOT NULL,
    answer BYTEA,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency_key PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_idempotency_key_tenant_id_scope_key UNIQUE (tenant_id, scope, key),
    CONSTRAINT fk_idempotency_key_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);

CREATE TABLE invitation (
    phone TEXT NOT NULL,
    name TEXT NOT NULL,
    roles JSONB NOT NULL,
    token_hash TEXT NOT NULL,
    invited_by UUID,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_invitation PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_invitation_state CHECK (state IN ('open', 'accepted', 'withdrawn')),
    CONSTRAINT uq_invitation_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
    CONSTRAINT fk_invitation_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_invitation_tenant_id_phone ON invitation (tenant_id, phone);

CREATE TABLE membership (
    person_id UUID NOT NULL,
    name TEXT NOT NULL,
    pinyin TEXT DEFAULT '' NOT NULL,
    from_on DATE DEFAULT CURRENT_DATE NOT NULL,
    until_on DATE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (tenant_id, id),
    CONSTRAINT uq_membership_tenant_id_person_id UNIQUE (tenant_id, person_id),
    CONSTRAINT fk_membership_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_membership_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE TABLE org_fact (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE,
    pupils_total INTEGER,
    children INTEGER DEFAULT '0' NOT NULL,
    left_behind INTEGER DEFAULT '0' NOT NULL,
    counted INTEGER DEFAULT '0' NOT NULL,
    counted_dossier INTEGER DEFAULT '0' NOT NULL,
    counted_paired INTEGER DEFAULT '0' NOT NULL,
    no_guardian INTEGER DEFAULT '0' NOT NULL,
    due INTEGER DEFAULT '0' NOT NULL,
    done INTEGER DEFAULT '0' NOT NULL,
    late INTEGER DEFAULT '0' NOT NULL,
    missed INTEGER DEFAULT '0' NOT NULL,
    open_now INTEGER DEFAULT '0' NOT NULL,
    done_ahead INTEGER DEFAULT '0' NOT NULL,
    visits_due INTEGER DEFAULT '0' NOT NULL,
    visits_done INTEGER DEFAULT '0' NOT NULL,
    visits_late INTEGER DEFAULT '0' NOT NULL,
    visits_missed INTEGER DEFAULT '0' NOT NULL,
    missed_children INTEGER DEFAULT '0' NOT NULL,
    missed_red INTEGER DEFAULT '0' NOT NULL,
    visits_open INTEGER DEFAULT '0' NOT NULL,
    visits_ahead INTEGER DEFAULT '0' NOT NULL,
    incidents_open INTEGER DEFAULT '0' NOT NULL,
    steps_breached INTEGER DEFAULT '0' NOT NULL,
    last_record_on DATE,
    window_from DATE,
    window_until DATE,
    stage TEXT,
    stale_at TIMESTAMP WITH TIME ZONE,
    alert_at TIMESTAMP WITH TIME ZONE,
    skipped TEXT[],
    CONSTRAINT pk_org_fact PRIMARY KEY (tenant_id),
    CONSTRAINT fk_org_fact_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_org_fact_alert_at ON org_fact (alert_at) WHERE alert_at IS NOT NULL;

CREATE INDEX ix_org_fact_astray ON org_fact (tenant_id) WHERE alert_at IS DISTINCT FROM CASE WHEN stale_at IS NOT NULL THEN CASE stage WHEN 'stale' THEN NULL::timestamptz ELSE stale_at END END;

CREATE TABLE password_reset (
    person_id UUID NOT NULL,
    token_hash TEXT NOT NULL,
    started_by UUID,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_password_reset PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_password_reset_state CHECK (state IN ('open', 'used', 'withdrawn')),
    CONSTRAINT uq_password_reset_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
    CONSTRAINT fk_password_reset_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_password_reset_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_password_reset_tenant_id_person_id ON password_reset (tenant_id, person_id);

CREATE TABLE plan (
    title TEXT NOT NULL,
    file_name TEXT,
    text TEXT NOT NULL,
    leader TEXT,
    state TEXT DEFAULT 'draft' NOT NULL,
    activated_at TIMESTAMP WITH TIME ZONE,
    activated_by UUID,
    ended_at TIMESTAMP WITH TIME ZONE,
    version INTEGER DEFAULT '1' NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_plan_state CHECK (state IN ('draft', 'active', 'off')),
    CONSTRAINT fk_plan_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE TABLE roster_import (
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    roster_kind TEXT NOT NULL,
    as_of DATE NOT NULL,
    by_id UUID NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    counts JSONB NOT NULL,
    file_notes JSONB NOT NULL,
    new_units JSONB NOT NULL,
    columns JSONB NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    confirmed_by UUID,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    stage TEXT,
    alert_at TIMESTAMP WITH TIME ZONE,
    skipped TEXT[],
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_roster_import PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_roster_import_state CHECK (state IN ('open', 'confirmed', 'withdrawn', 'expired')),
    CONSTRAINT fk_roster_import_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_roster_import_alert_at ON roster_import (alert_at) WHERE alert_at IS NOT NULL;

CREATE INDEX ix_roster_import_astray ON roster_import (tenant_id) WHERE alert_at IS DISTINCT FROM CASE WHEN (state = 'open' OR (state = 'confirmed' AND stage IS NULL)) THEN CASE stage WHEN 'expired' THEN NULL::timestamptz ELSE expires_at END END;

CREATE INDEX ix_roster_import_tenant_id_created_at ON roster_import (tenant_id, created_at);

CREATE TABLE seat (
    person_id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    CONSTRAINT pk_seat PRIMARY KEY (person_id, tenant_id),
    CONSTRAINT fk_seat_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_seat_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE TABLE supervision (
    superior_id UUID NOT NULL,
    subordinate_id UUID NOT NULL,
    line TEXT NOT NULL,
    CONSTRAINT pk_supervision PRIMARY KEY (superior_id, subordinate_id),
    CONSTRAINT fk_supervision_superior_id FOREIGN KEY(superior_id) REFERENCES organisation (id),
    CONSTRAINT fk_supervision_subordinate_id FOREIGN KEY(subordinate_id) REFERENCES organisation (id)
);

CREATE INDEX ix_supervision_subordinate_id ON supervision (subordinate_id);

CREATE TABLE term (
    name TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_term PRIMARY KEY (tenant_id, id),
    CONSTRAINT ck_term_order CHECK (starts_on < ends_on),
    CONSTRAINT uq_term_tenant_id_starts_on UNIQUE (tenant_id, starts_on),
    CONSTRAINT fk_term_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE TABLE webhook (
    url TEXT NOT NULL,
    secret BYTEA NOT NULL,
    events JSONB NOT NULL,
    created_by UUID,
    failures INTEGER DEFAULT '0' NOT NULL,
    error TEXT,
    retry_at TIMESTAMP WITH TIME ZONE,
    paused_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_webhook PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_webhook_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE TABLE copied_message (
    from_tenant UUID NOT NULL,
    source_id UUID NOT NULL,
    kind TEXT NOT NULL,
    params JSONB NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    answer TEXT,
    note TEXT,
    answered_by UUID,
    answered_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_copied_message PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_copied_message_tenant_id_answered_by FOREIGN KEY(tenant_id, answered_by) REFERENCES membership (tenant_id, id),
    CONSTRAINT ck_copied_message_state CHECK (state IN ('open', 'answered')),
    CONSTRAINT ck_copied_message_kind CHECK (kind IN ('miss', 'incident')),
    CONSTRAINT ck_copied_message_answer CHECK (answer IN ('seen', 'acted')),
    CONSTRAINT fk_copied_message_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_copied_message_tenant_id_state_sent_at ON copied_message (tenant_id, state, sent_at);

CREATE TABLE delivery (
    event_id UUID NOT NULL,
    recipient_id UUID,
    webhook_id UUID,
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,
    params JSONB NOT NULL,
    urgent BOOLEAN DEFAULT false NOT NULL,
    state TEXT DEFAULT 'queued' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    gateway_id TEXT,
    error TEXT,
    state_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_delivery_tenant_id_event_id FOREIGN KEY(tenant_id, event_id) REFERENCES event (tenant_id, id),
    CONSTRAINT fk_delivery_tenant_id_recipient_id FOREIGN KEY(tenant_id, recipient_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT fk_delivery_tenant_id_webhook_id FOREIGN KEY(tenant_id, webhook_id) REFERENCES webhook (tenant_id, id),
    CONSTRAINT uq_delivery_once UNIQUE NULLS NOT DISTINCT (tenant_id, event_id, recipient_id, webhook_id, channel, kind),
    CONSTRAINT ck_delivery_one_addressee CHECK (num_nonnulls(recipient_id, webhook_id) = 1),
    CONSTRAINT ck_delivery_state CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown')),
    CONSTRAINT fk_delivery_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_delivery_tenant_id_state_created_at ON delivery (tenant_id, state, created_at);

CREATE INDEX ix_delivery_webhook ON delivery (tenant_id, webhook_id, id) WHERE webhook_id IS NOT NULL;

CREATE TABLE incident (
    category TEXT NOT NULL,
    account TEXT NOT NULL,
    place TEXT,
    known_at TIMESTAMP WITH TIME ZONE NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE,
    reporter_id UUID,
    protective BOOLEAN DEFAULT false NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closing_note TEXT,
    ladder JSONB NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_incident PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_incident_tenant_id_reporter_id FOREIGN KEY(tenant_id, reporter_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT ck_incident_state CHECK (state IN ('open', 'closed')),
    CONSTRAINT fk_incident_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_incident_tenant_id_state_known_at ON incident (tenant_id, state, known_at);

CREATE TABLE plan_item (
    plan_id UUID NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    quote TEXT,
    quote_start INTEGER,
    subject TEXT NOT NULL,
    child_filter TEXT DEFAULT 'all' NOT NULL,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    period_source TEXT DEFAULT 'given' NOT NULL,
    times INTEGER DEFAULT '1' NOT NULL,
    min_quantity INTEGER,
    within_minutes INTEGER,
    dates JSONB DEFAULT '[]' NOT NULL,
    doer_words TEXT,
    doer_role TEXT,
    must BOOLEAN DEFAULT false NOT NULL,
    chosen BOOLEAN DEFAULT true NOT NULL,
    grace_days INTEGER NOT NULL,
    holiday TEXT DEFAULT 'pause' NOT NULL,
    state TEXT DEFAULT 'draft' NOT NULL,
    active_from TIMESTAMP WITH TIME ZONE,
    made_until DATE,
    top_up_at TIMESTAMP WITH TIME ZONE,
    stage TEXT,
    alert_at TIMESTAMP WITH TIME ZONE,
    skipped TEXT[],
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_item PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_plan_item_tenant_id_plan_id FOREIGN KEY(tenant_id, plan_id) REFERENCES plan (tenant_id, id),
    CONSTRAINT ck_plan_item_state CHECK (state IN ('draft', 'active', 'off')),
    CONSTRAINT ck_plan_item_times CHECK (times > 0),
    CONSTRAINT ck_plan_item_holiday CHECK (holiday IN ('pause', 'keep')),
    CONSTRAINT fk_plan_item_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_plan_item_alert_at ON plan_item (alert_at) WHERE alert_at IS NOT NULL;

CREATE INDEX ix_plan_item_astray ON plan_item (tenant_id) WHERE alert_at IS DISTINCT FROM CASE WHEN state = 'active' THEN CASE stage WHEN 'top_up' THEN NULL::timestamptz ELSE top_up_at END END;

CREATE INDEX ix_plan_item_tenant_id_plan_id_position ON plan_item (tenant_id, plan_id, position);

CREATE TABLE reaction (
    tenant_id UUID NOT NULL,
    event_id UUID NOT NULL,
    reactor TEXT NOT NULL,
    queue TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    rings INTEGER DEFAULT '0' NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
    last_error TEXT,
    done_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_reaction PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_reaction_tenant_id_event_id FOREIGN KEY(tenant_id, event_id) REFERENCES event (tenant_id, id),
    CONSTRAINT uq_reaction_tenant_id_event_id_reactor UNIQUE (tenant_id, event_id, reactor),
    CONSTRAINT ck_reaction_state CHECK (state IN ('open', 'done', 'parked'))
);

CREATE INDEX ix_reaction_open ON reaction (queue, GREATEST(next_attempt_at, lease_until)) WHERE state = 'open';

CREATE INDEX ix_reaction_open_tenant ON reaction (queue, tenant_id, GREATEST(next_attempt_at, lease_until)) WHERE state = 'open';

CREATE INDEX ix_reaction_parked ON reaction (tenant_id, created_at) WHERE state = 'parked';

CREATE TABLE roster_row (
    import_id UUID NOT NULL,
    sheet TEXT NOT NULL,
    row_no INTEGER NOT NULL,
    action TEXT NOT NULL,
    child_id UUID,
    sealed BYTEA,
    findings JSONB NOT NULL,
    changes JSONB NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_roster_row PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_roster_row_tenant_id_import_id FOREIGN KEY(tenant_id, import_id) REFERENCES roster_import (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_roster_row_action CHECK (action IN ('new', 'updated', 'unchanged', 'wrong', 'absent')),
    CONSTRAINT fk_roster_row_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_roster_row_tenant_id_import_id_action_row_no ON roster_row (tenant_id, import_id, action, row_no);

CREATE TABLE unit (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    grade INTEGER,
    parent_id UUID,
    head_id UUID,
    position INTEGER DEFAULT '0' NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_unit PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_unit_tenant_id_parent_id FOREIGN KEY(tenant_id, parent_id) REFERENCES unit (tenant_id, id),
    CONSTRAINT fk_unit_tenant_id_head_id FOREIGN KEY(tenant_id, head_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT uq_unit_tenant_id_kind_name UNIQUE (tenant_id, kind, name),
    CONSTRAINT ck_unit_kind CHECK (kind IN ('class', 'grade', 'department', 'grid', 'villager_group')),
    CONSTRAINT fk_unit_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE TABLE child (
    name TEXT NOT NULL,
    pinyin TEXT NOT NULL,
    sex TEXT,
    birth_date DATE,
    ethnic_group TEXT,
    id_no BYTEA,
    id_no_hash TEXT,
    person_key TEXT,
    id_no_tail TEXT,
    student_no TEXT,
    unit_id UUID,
    school_grade TEXT,
    boarding TEXT,
    hukou_kind TEXT,
    home_address TEXT,
    family_phone TEXT,
    left_behind BOOLEAN DEFAULT false NOT NULL,
    away_reason TEXT,
    carer_kind TEXT,
    no_guardian BOOLEAN DEFAULT false NOT NULL,
    guardianship_grade TEXT,
    study_level TEXT,
    hobbies TEXT,
    family_situation TEXT,
    remark TEXT,
    is_key BOOLEAN DEFAULT false NOT NULL,
    key_reason TEXT,
    risk_level TEXT,
    dossier_complete BOOLEAN DEFAULT false NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    entered_on DATE DEFAULT CURRENT_DATE NOT NULL,
    exit_on DATE,
    exit_reason TEXT,
    version INTEGER DEFAULT '1' NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_child PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_child_tenant_id_unit_id FOREIGN KEY(tenant_id, unit_id) REFERENCES unit (tenant_id, id),
    CONSTRAINT ck_child_status CHECK (status IN ('active', 'exited')),
    CONSTRAINT ck_child_risk_level CHECK (risk_level IN ('red', 'yellow', 'blue', 'green')),
    CONSTRAINT fk_child_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_child_tenant_id_status_left_behind_id ON child (tenant_id, status, left_behind, pinyin COLLATE "C", id);

CREATE INDEX ix_child_tenant_id_unit_id ON child (tenant_id, unit_id);

CREATE UNIQUE INDEX uq_child_id_no_hash ON child (tenant_id, id_no_hash);

CREATE TABLE member_role (
    membership_id UUID NOT NULL,
    role TEXT NOT NULL,
    unit_id UUID,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_member_role PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_member_role_tenant_id_membership_id FOREIGN KEY(tenant_id, membership_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT fk_member_role_tenant_id_unit_id FOREIGN KEY(tenant_id, unit_id) REFERENCES unit (tenant_id, id),
    CONSTRAINT uq_member_role_tenant_id_membership_id_role_unit_id UNIQUE NULLS NOT DISTINCT (tenant_id, membership_id, role, unit_id),
    CONSTRAINT fk_member_role_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_member_role_tenant_id_role ON member_role (tenant_id, role);

CREATE TABLE assignment (
    child_id UUID NOT NULL,
    membership_id UUID NOT NULL,
    role TEXT NOT NULL,
    from_on DATE NOT NULL,
    until_on DATE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_assignment PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_assignment_tenant_id_child_id FOREIGN KEY(tenant_id, child_id) REFERENCES child (tenant_id, id),
    CONSTRAINT fk_assignment_tenant_id_membership_id FOREIGN KEY(tenant_id, membership_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT fk_assignment_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_assignment_tenant_id_child_id ON assignment (tenant_id, child_id);

CREATE INDEX ix_assignment_tenant_id_membership_id ON assignment (tenant_id, membership_id);

CREATE UNIQUE INDEX uq_assignment_current ON assignment (tenant_id, child_id, role) WHERE until_on IS NULL;

CREATE TABLE care_record (
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    child_id UUID,
    unit_id UUID,
    doer_id UUID NOT NULL,
    on_day DATE NOT NULL,
    method TEXT,
    reached BOOLEAN,
    minutes INTEGER,
    note TEXT,
    problem_found BOOLEAN DEFAULT false NOT NULL,
    follow_up_on DATE,
    state TEXT DEFAULT 'valid' NOT NULL,
    void_reason TEXT,
    voided_by UUID,
    version INTEGER DEFAULT '1' NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_care_record PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_care_record_tenant_id_child_id FOREIGN KEY(tenant_id, child_id) REFERENCES child (tenant_id, id),
    CONSTRAINT fk_care_record_tenant_id_unit_id FOREIGN KEY(tenant_id, unit_id) REFERENCES unit (tenant_id, id),
    CONSTRAINT fk_care_record_tenant_id_doer_id FOREIGN KEY(tenant_id, doer_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT ck_care_record_state CHECK (state IN ('valid', 'void')),
    CONSTRAINT ck_care_record_no_text CHECK (kind NOT IN ('call', 'video', 'letter') OR note IS NULL),
    CONSTRAINT fk_care_record_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_care_record_tenant_id_child_id_on_day ON care_record (tenant_id, child_id, on_day);

CREATE INDEX ix_care_record_tenant_id_doer_id_on_day ON care_record (tenant_id, doer_id, on_day);

CREATE TABLE child_contact (
    child_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    relation TEXT,
    phone TEXT,
    phone_more TEXT,
    age INTEGER,
    occupation TEXT,
    health TEXT,
    address TEXT,
    work_place TEXT,
    employer TEXT,
    employer_address TEXT,
    employer_phone TEXT,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_child_contact PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_child_contact_tenant_id_child_id FOREIGN KEY(tenant_id, child_id) REFERENCES child (tenant_id, id),
    CONSTRAINT ck_child_contact_kind CHECK (kind IN ('father', 'mother', 'parent', 'guardian')),
    CONSTRAINT uq_child_contact_tenant_id_child_id_kind UNIQUE (tenant_id, child_id, kind),
    CONSTRAINT fk_child_contact_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE TABLE child_gram (
    gram TEXT NOT NULL,
    child_id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_child_gram PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_child_gram_tenant_id_child_id FOREIGN KEY(tenant_id, child_id) REFERENCES child (tenant_id, id),
    CONSTRAINT uq_child_gram_tenant_id_gram_child_id UNIQUE (tenant_id, gram, child_id),
    CONSTRAINT fk_child_gram_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_child_gram_tenant_id_child_id ON child_gram (tenant_id, child_id);

CREATE TABLE child_identity (
    person_key TEXT,
    holder_rank INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    left_behind BOOLEAN NOT NULL,
    counts_here BOOLEAN DEFAULT true NOT NULL,
    settled BOOLEAN DEFAULT false NOT NULL,
    settled_key TEXT,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_child_identity PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_child_identity_tenant_id_id FOREIGN KEY(tenant_id, id) REFERENCES child (tenant_id, id),
    CONSTRAINT fk_child_identity_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_child_identity_person_key_tenant_id ON child_identity (person_key, tenant_id);

CREATE INDEX ix_child_identity_unsettled ON child_identity (tenant_id) WHERE NOT settled;

CREATE TABLE incident_child (
    incident_id UUID NOT NULL,
    child_id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_incident_child PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_incident_child_tenant_id_incident_id FOREIGN KEY(tenant_id, incident_id) REFERENCES incident (tenant_id, id),
    CONSTRAINT fk_incident_child_tenant_id_child_id FOREIGN KEY(tenant_id, child_id) REFERENCES child (tenant_id, id),
    CONSTRAINT uq_incident_child_tenant_id_incident_id_child_id UNIQUE (tenant_id, incident_id, child_id),
    CONSTRAINT fk_incident_child_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_incident_child_tenant_id_child_id ON incident_child (tenant_id, child_id);

CREATE TABLE incident_step (
    incident_id UUID NOT NULL,
    number INTEGER NOT NULL,
    tell TEXT NOT NULL,
    child_id UUID,
    superior_id UUID,
    copy_id UUID,
    owner_id UUID,
    owner_role TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    breach_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    person_reached TEXT,
    channel TEXT,
    told_at TIMESTAMP WITH TIME ZONE,
    told_by UUID,
    confirmed_by_recipient_at TIMESTAMP WITH TIME ZONE,
    late_reason TEXT,
    stage TEXT,
    alert_at TIMESTAMP WITH TIME ZONE,
    skipped TEXT[],
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_incident_step PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_incident_step_tenant_id_incident_id FOREIGN KEY(tenant_id, incident_id) REFERENCES incident (tenant_id, id),
    CONSTRAINT fk_incident_step_tenant_id_child_id FOREIGN KEY(tenant_id, child_id) REFERENCES child (tenant_id, id),
    CONSTRAINT fk_incident_step_tenant_id_owner_id FOREIGN KEY(tenant_id, owner_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT uq_incident_step_tenant_id_incident_id_number_tell_child_id UNIQUE NULLS NOT DISTINCT (tenant_id, incident_id, number, tell, child_id),
    CONSTRAINT ck_incident_step_state CHECK (state IN ('open', 'done', 'done_late', 'excluded')),
    CONSTRAINT fk_incident_step_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_incident_step_alert_at ON incident_step (alert_at) WHERE alert_at IS NOT NULL;

CREATE INDEX ix_incident_step_astray ON incident_step (tenant_id) WHERE alert_at IS DISTINCT FROM CASE WHEN state = 'open' THEN CASE stage WHEN 'breached' THEN NULL::timestamptz ELSE breach_at END END;

CREATE INDEX ix_incident_step_tenant_id_owner_id_state ON incident_step (tenant_id, owner_id, state);

CREATE TABLE occurrence (
    item_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    child_id UUID,
    unit_id UUID,
    doer_id UUID,
    window_start DATE NOT NULL,
    window_end DATE NOT NULL,
    due_soon_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    grace_until TIMESTAMP WITH TIME ZONE NOT NULL,
    times INTEGER DEFAULT '1' NOT NULL,
    done_times INTEGER DEFAULT '0' NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    stage TEXT,
    alert_at TIMESTAMP WITH TIME ZONE,
    skipped TEXT[],
    ended_at TIMESTAMP WITH TIME ZONE,
    excuse TEXT,
    excused_by UUID,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_occurrence PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_occurrence_tenant_id_item_id FOREIGN KEY(tenant_id, item_id) REFERENCES plan_item (tenant_id, id),
    CONSTRAINT fk_occurrence_tenant_id_child_id FOREIGN KEY(tenant_id, child_id) REFERENCES child (tenant_id, id),
    CONSTRAINT fk_occurrence_tenant_id_unit_id FOREIGN KEY(tenant_id, unit_id) REFERENCES unit (tenant_id, id),
    CONSTRAINT fk_occurrence_tenant_id_doer_id FOREIGN KEY(tenant_id, doer_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT uq_occurrence_tenant_id_item_id_subject_id_window_start UNIQUE (tenant_id, item_id, subject_id, window_start),
    CONSTRAINT ck_occurrence_state CHECK (state IN ('open', 'done', 'late', 'missed', 'excused', 'void')),
    CONSTRAINT ck_occurrence_subject_kind CHECK (subject_kind IN ('child', 'class', 'tenant')),
    CONSTRAINT fk_occurrence_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_occurrence_alert_at ON occurrence (alert_at) WHERE alert_at IS NOT NULL;

CREATE INDEX ix_occurrence_astray ON occurrence (tenant_id) WHERE alert_at IS DISTINCT FROM CASE WHEN state = 'open' THEN CASE stage WHEN 'due_soon' THEN due_at WHEN 'overdue' THEN grace_until WHEN 'missed' THEN NULL::timestamptz ELSE due_soon_at END END;

CREATE INDEX ix_occurrence_misdated ON occurrence (tenant_id) WHERE state = 'open' AND (
    due_at <> timezone('Asia/Shanghai', (window_end + 1)::timestamp) OR due_soon_at > due_at OR grace_until < due_at
    OR timezone('UTC', grace_until) - timezone('UTC', due_at) > interval '60 days');

CREATE INDEX ix_occurrence_tenant_id_child_id_window_start ON occurrence (tenant_id, child_id, window_start);

CREATE INDEX ix_occurrence_tenant_id_doer_id_state_due_at ON occurrence (tenant_id, doer_id, state, due_at);

CREATE INDEX ix_occurrence_tenant_id_kind_grace_until ON occurrence (tenant_id, kind, grace_until);

CREATE INDEX ix_occurrence_tenant_id_state_due_at ON occurrence (tenant_id, state, due_at);

CREATE TABLE contact_attempt (
    step_id UUID NOT NULL,
    whom TEXT NOT NULL,
    channel TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by_id UUID,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_contact_attempt PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_contact_attempt_tenant_id_step_id FOREIGN KEY(tenant_id, step_id) REFERENCES incident_step (tenant_id, id),
    CONSTRAINT fk_contact_attempt_tenant_id_by_id FOREIGN KEY(tenant_id, by_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT fk_contact_attempt_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_contact_attempt_tenant_id_step_id ON contact_attempt (tenant_id, step_id);

CREATE TABLE escalation (
    occurrence_id UUID NOT NULL,
    level TEXT NOT NULL,
    recipient_id UUID,
    superior_id UUID,
    copy_id UUID,
    why TEXT NOT NULL,
    send_at TIMESTAMP WITH TIME ZONE,
    answer_by TIMESTAMP WITH TIME ZONE,
    state TEXT DEFAULT 'open' NOT NULL,
    answer TEXT,
    note TEXT,
    answered_by UUID,
    answered_by_name TEXT,
    answered_at TIMESTAMP WITH TIME ZONE,
    stage TEXT,
    alert_at TIMESTAMP WITH TIME ZONE,
    skipped TEXT[],
    detail JSONB DEFAULT '{}' NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_escalation PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_escalation_tenant_id_occurrence_id FOREIGN KEY(tenant_id, occurrence_id) REFERENCES occurrence (tenant_id, id),
    CONSTRAINT fk_escalation_tenant_id_recipient_id FOREIGN KEY(tenant_id, recipient_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT uq_escalation_tenant_id_occurrence_id_level_superior_id UNIQUE NULLS NOT DISTINCT (tenant_id, occurrence_id, level, superior_id),
    CONSTRAINT ck_escalation_level CHECK (level IN ('E1', 'E2', 'E3')),
    CONSTRAINT ck_escalation_answer CHECK (answer IN ('seen', 'acted')),
    CONSTRAINT ck_escalation_state CHECK (state IN ('waiting', 'open', 'answered', 'lapsed')),
    CONSTRAINT fk_escalation_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_escalation_alert_at ON escalation (alert_at) WHERE alert_at IS NOT NULL;

CREATE INDEX ix_escalation_astray ON escalation (tenant_id) WHERE alert_at IS DISTINCT FROM CASE WHEN (state = 'waiting' OR state = 'open' AND answer_by IS NOT NULL) THEN CASE stage WHEN 'due' THEN answer_by WHEN 'lapsed' THEN NULL::timestamptz ELSE send_at END END;

CREATE INDEX ix_escalation_tenant_id_recipient_id_state ON escalation (tenant_id, recipient_id, state);

CREATE TABLE occurrence_record (
    occurrence_id UUID NOT NULL,
    record_id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_occurrence_record PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_occurrence_record_tenant_id_occurrence_id FOREIGN KEY(tenant_id, occurrence_id) REFERENCES occurrence (tenant_id, id),
    CONSTRAINT fk_occurrence_record_tenant_id_record_id FOREIGN KEY(tenant_id, record_id) REFERENCES care_record (tenant_id, id),
    CONSTRAINT uq_occurrence_record_tenant_id_occurrence_id_record_id UNIQUE (tenant_id, occurrence_id, record_id),
    CONSTRAINT fk_occurrence_record_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_occurrence_record_tenant_id_record_id ON occurrence_record (tenant_id, record_id);

CREATE TABLE notice (
    event_id UUID NOT NULL,
    recipient_id UUID NOT NULL,
    kind TEXT NOT NULL,
    params JSONB NOT NULL,
    link TEXT,
    urgent BOOLEAN DEFAULT false NOT NULL,
    escalation_id UUID,
    read_at TIMESTAMP WITH TIME ZONE,
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_notice PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_notice_tenant_id_event_id FOREIGN KEY(tenant_id, event_id) REFERENCES event (tenant_id, id),
    CONSTRAINT fk_notice_tenant_id_recipient_id FOREIGN KEY(tenant_id, recipient_id) REFERENCES membership (tenant_id, id),
    CONSTRAINT fk_notice_tenant_id_escalation_id FOREIGN KEY(tenant_id, escalation_id) REFERENCES escalation (tenant_id, id),
    CONSTRAINT uq_notice_tenant_id_event_id_recipient_id_kind UNIQUE (tenant_id, event_id, recipient_id, kind),
    CONSTRAINT fk_notice_tenant_id FOREIGN KEY(tenant_id) REFERENCES organisation (id)
);

CREATE INDEX ix_notice_tenant_id_recipient_id_created_at ON notice (tenant_id, recipient_id, created_at);

-- Time-ordered ids in statements: the built-in uuidv7() exists in PostgreSQL 18 alone.
CREATE FUNCTION hehu_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
               substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
               FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The clock of promises: database time plus the one row that only tests and simulations set.
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT now() + coalesce((SELECT ahead FROM public.clock_offset), interval '0')
$$;

INSERT INTO clock_offset DEFAULT VALUES;

-- Who may do what, and the policies that keep organisations apart.
GRANT SELECT, INSERT ON event TO hehu_app;
GRANT SELECT, INSERT ON event TO hehu_system;
GRANT SELECT ON event TO hehu_auditor;
GRANT SELECT ON event TO hehu_backup;
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
ALTER TABLE event FORCE ROW LEVEL SECURITY;
CREATE POLICY event_app ON event FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY event_system ON event FOR ALL TO hehu_system USING (true) WITH CHECK (true);
CREATE POLICY event_auditor ON event FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON reaction TO hehu_app;
GRANT SELECT, INSERT, UPDATE ON reaction TO hehu_system;
GRANT SELECT ON reaction TO hehu_auditor;
GRANT SELECT ON reaction TO hehu_backup;
ALTER TABLE reaction ENABLE ROW LEVEL SECURITY;
ALTER TABLE reaction FORCE ROW LEVEL SECURITY;
CREATE POLICY reaction_app ON reaction FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY reaction_system ON reaction FOR ALL TO hehu_system USING (true) WITH CHECK (true);
CREATE POLICY reaction_auditor ON reaction FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON audit_entry TO hehu_app;
GRANT SELECT ON audit_entry TO hehu_backup;
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_entry_app ON audit_entry FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_key TO hehu_app;
GRANT SELECT (created_at), DELETE ON idempotency_key TO hehu_system;
GRANT SELECT ON idempotency_key TO hehu_backup;
ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_key FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_key_app ON idempotency_key FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY idempotency_key_system ON idempotency_key FOR ALL TO hehu_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON api_key TO hehu_app;
GRANT SELECT ON api_key TO hehu_backup;
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY api_key_app ON api_key FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON beat TO hehu_app;
GRANT SELECT, INSERT, UPDATE ON beat TO hehu_system;
GRANT SELECT ON beat TO hehu_auditor;
GRANT SELECT ON beat TO hehu_backup;
GRANT SELECT ON clock_offset TO hehu_app;
GRANT SELECT ON clock_offset TO hehu_system;
GRANT SELECT ON clock_offset TO hehu_rollup;
GRANT SELECT ON clock_offset TO hehu_auditor;
GRANT SELECT ON clock_offset TO hehu_backup;
GRANT SELECT, INSERT, UPDATE ON area TO hehu_app;
GRANT SELECT ON area TO hehu_rollup;
GRANT SELECT ON area TO hehu_backup;
GRANT SELECT, INSERT, UPDATE ON organisation TO hehu_app;
GRANT SELECT ON organisation TO hehu_rollup;
GRANT SELECT ON organisation TO hehu_system;
GRANT SELECT (id) ON organisation TO hehu_auditor;
GRANT SELECT ON organisation TO hehu_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON supervision TO hehu_app;
GRANT SELECT ON supervision TO hehu_rollup;
GRANT SELECT ON supervision TO hehu_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON term TO hehu_app;
GRANT SELECT ON term TO hehu_backup;
ALTER TABLE term ENABLE ROW LEVEL SECURITY;
ALTER TABLE term FORCE ROW LEVEL SECURITY;
CREATE POLICY term_app ON term FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON county_term TO hehu_app;
GRANT SELECT ON county_term TO hehu_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON unit TO hehu_app;
GRANT SELECT ON unit TO hehu_backup;
ALTER TABLE unit ENABLE ROW LEVEL SECURITY;
ALTER TABLE unit FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_app ON unit FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON application TO hehu_app;
GRANT SELECT ON application TO hehu_backup;
ALTER TABLE application ENABLE ROW LEVEL SECURITY;
ALTER TABLE application FORCE ROW LEVEL SECURITY;
CREATE POLICY application_app ON application FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON person TO hehu_app;
GRANT SELECT ON person TO hehu_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON seat TO hehu_app;
GRANT SELECT ON seat TO hehu_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON login_session TO hehu_app;
GRANT SELECT (last_seen_at), DELETE ON login_session TO hehu_system;
GRANT SELECT ON login_session TO hehu_backup;
GRANT SELECT, INSERT, UPDATE ON membership TO hehu_app;
GRANT SELECT (tenant_id, id, person_id, until_on) ON membership TO hehu_auditor;
GRANT SELECT ON membership TO hehu_backup;
ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE membership FORCE ROW LEVEL SECURITY;
CREATE POLICY membership_app ON membership FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY membership_auditor ON membership FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON member_role TO hehu_app;
GRANT SELECT ON member_role TO hehu_backup;
ALTER TABLE member_role ENABLE ROW LEVEL SECURITY;
ALTER TABLE member_role FORCE ROW LEVEL SECURITY;
CREATE POLICY member_role_app ON member_role FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON invitation TO hehu_app;
GRANT SELECT (expires_at), DELETE ON invitation TO hehu_system;
GRANT SELECT ON invitation TO hehu_backup;
ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation FORCE ROW LEVEL SECURITY;
CREATE POLICY invitation_app ON invitation FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY invitation_system ON invitation FOR ALL TO hehu_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON password_reset TO hehu_app;
GRANT SELECT (expires_at), DELETE ON password_reset TO hehu_system;
GRANT SELECT ON password_reset TO hehu_backup;
ALTER TABLE password_reset ENABLE ROW LEVEL SECURITY;
ALTER TABLE password_reset FORCE ROW LEVEL SECURITY;
CREATE POLICY password_reset_app ON password_reset FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY password_reset_system ON password_reset FOR ALL TO hehu_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON child TO hehu_app;
GRANT SELECT ON child TO hehu_backup;
ALTER TABLE child ENABLE ROW LEVEL SECURITY;
ALTER TABLE child FORCE ROW LEVEL SECURITY;
CREATE POLICY child_app ON child FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON child_contact TO hehu_app;
GRANT SELECT ON child_contact TO hehu_backup;
ALTER TABLE child_contact ENABLE ROW LEVEL SECURITY;
ALTER TABLE child_contact FORCE ROW LEVEL SECURITY;
CREATE POLICY child_contact_app ON child_contact FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON child_gram TO hehu_app;
GRANT SELECT ON child_gram TO hehu_backup;
ALTER TABLE child_gram ENABLE ROW LEVEL SECURITY;
ALTER TABLE child_gram FORCE ROW LEVEL SECURITY;
CREATE POLICY child_gram_app ON child_gram FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON child_identity TO hehu_app;
GRANT SELECT, UPDATE (counts_here, settled, settled_key) ON child_identity TO hehu_rollup;
GRANT SELECT ON child_identity TO hehu_backup;
ALTER TABLE child_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE child_identity FORCE ROW LEVEL SECURITY;
CREATE POLICY child_identity_app ON child_identity FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY child_identity_rollup ON child_identity FOR ALL TO hehu_rollup USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON roster_import TO hehu_app;
GRANT SELECT, UPDATE ON roster_import TO hehu_system;
GRANT SELECT (tenant_id, id, stage, alert_at, state, expires_at) ON roster_import TO hehu_auditor;
GRANT SELECT ON roster_import TO hehu_backup;
ALTER TABLE roster_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE roster_import FORCE ROW LEVEL SECURITY;
CREATE POLICY roster_import_app ON roster_import FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY roster_import_system ON roster_import FOR ALL TO hehu_system USING (true) WITH CHECK (true);
CREATE POLICY roster_import_auditor ON roster_import FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON roster_row TO hehu_app;
GRANT SELECT ON roster_row TO hehu_backup;
ALTER TABLE roster_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE roster_row FORCE ROW LEVEL SECURITY;
CREATE POLICY roster_row_app ON roster_row FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON plan TO hehu_app;
GRANT SELECT (tenant_id, id, state, activated_at) ON plan TO hehu_auditor;
GRANT SELECT ON plan TO hehu_backup;
ALTER TABLE plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan FORCE ROW LEVEL SECURITY;
CREATE POLICY plan_app ON plan FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY plan_auditor ON plan FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON plan_item TO hehu_app;
GRANT SELECT, UPDATE ON plan_item TO hehu_system;
GRANT SELECT (tenant_id, id, stage, alert_at, state, top_up_at, plan_id, kind, period, dates) ON plan_item TO hehu_auditor;
GRANT SELECT ON plan_item TO hehu_backup;
ALTER TABLE plan_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_item FORCE ROW LEVEL SECURITY;
CREATE POLICY plan_item_app ON plan_item FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY plan_item_system ON plan_item FOR ALL TO hehu_system USING (true) WITH CHECK (true);
CREATE POLICY plan_item_auditor ON plan_item FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON assignment TO hehu_app;
GRANT SELECT ON assignment TO hehu_backup;
ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE assignment FORCE ROW LEVEL SECURITY;
CREATE POLICY assignment_app ON assignment FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON occurrence TO hehu_app;
GRANT SELECT, UPDATE ON occurrence TO hehu_system;
GRANT SELECT (tenant_id, id, stage, alert_at, state, times, ended_at, window_end, due_soon_at, due_at, grace_until) ON occurrence TO hehu_auditor;
GRANT SELECT ON occurrence TO hehu_backup;
ALTER TABLE occurrence ENABLE ROW LEVEL SECURITY;
ALTER TABLE occurrence FORCE ROW LEVEL SECURITY;
CREATE POLICY occurrence_app ON occurrence FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY occurrence_system ON occurrence FOR ALL TO hehu_system USING (true) WITH CHECK (true);
CREATE POLICY occurrence_auditor ON occurrence FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON care_record TO hehu_app;
GRANT SELECT (tenant_id, id, state) ON care_record TO hehu_auditor;
GRANT SELECT ON care_record TO hehu_backup;
ALTER TABLE care_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_record FORCE ROW LEVEL SECURITY;
CREATE POLICY care_record_app ON care_record FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY care_record_auditor ON care_record FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON occurrence_record TO hehu_app;
GRANT SELECT (tenant_id, id, occurrence_id, record_id) ON occurrence_record TO hehu_auditor;
GRANT SELECT ON occurrence_record TO hehu_backup;
ALTER TABLE occurrence_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE occurrence_record FORCE ROW LEVEL SECURITY;
CREATE POLICY occurrence_record_app ON occurrence_record FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY occurrence_record_auditor ON occurrence_record FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON escalation TO hehu_app;
GRANT SELECT, UPDATE ON escalation TO hehu_system;
GRANT SELECT (tenant_id, id, stage, alert_at, state, occurrence_id, level, recipient_id, superior_id, copy_id, send_at, answer_by) ON escalation TO hehu_auditor;
GRANT SELECT ON escalation TO hehu_backup;
ALTER TABLE escalation ENABLE ROW LEVEL SECURITY;
ALTER TABLE escalation FORCE ROW LEVEL SECURITY;
CREATE POLICY escalation_app ON escalation FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY escalation_system ON escalation FOR ALL TO hehu_system USING (true) WITH CHECK (true);
CREATE POLICY escalation_auditor ON escalation FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON incident TO hehu_app;
GRANT SELECT (tenant_id, id, state, known_at, ladder) ON incident TO hehu_auditor;
GRANT SELECT ON incident TO hehu_backup;
ALTER TABLE incident ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_app ON incident FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY incident_auditor ON incident FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON incident_child TO hehu_app;
GRANT SELECT ON incident_child TO hehu_backup;
ALTER TABLE incident_child ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_child FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_child_app ON incident_child FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON incident_step TO hehu_app;
GRANT SELECT, UPDATE ON incident_step TO hehu_system;
GRANT SELECT (tenant_id, id, stage, alert_at, state, incident_id, number, tell, superior_id, copy_id, due_at, breach_at, confirmed_by_recipient_at) ON incident_step TO hehu_auditor;
GRANT SELECT ON incident_step TO hehu_backup;
ALTER TABLE incident_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_step FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_step_app ON incident_step FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY incident_step_system ON incident_step FOR ALL TO hehu_system USING (true) WITH CHECK (true);
CREATE POLICY incident_step_auditor ON incident_step FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON contact_attempt TO hehu_app;
GRANT SELECT ON contact_attempt TO hehu_backup;
ALTER TABLE contact_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY contact_attempt_app ON contact_attempt FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON notice TO hehu_app;
GRANT SELECT (tenant_id, id, event_id, recipient_id, kind) ON notice TO hehu_auditor;
GRANT SELECT ON notice TO hehu_backup;
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice FORCE ROW LEVEL SECURITY;
CREATE POLICY notice_app ON notice FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY notice_auditor ON notice FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON webhook TO hehu_app;
GRANT SELECT (tenant_id, id, paused_at, ended_at) ON webhook TO hehu_auditor;
GRANT SELECT ON webhook TO hehu_backup;
ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_app ON webhook FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY webhook_auditor ON webhook FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON delivery TO hehu_app;
GRANT SELECT (tenant_id, id, event_id, recipient_id, webhook_id, channel, kind, state, state_at, created_at) ON delivery TO hehu_auditor;
GRANT SELECT ON delivery TO hehu_backup;
ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY delivery_app ON delivery FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY delivery_auditor ON delivery FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON copied_message TO hehu_app;
GRANT SELECT (tenant_id, id, state, kind) ON copied_message TO hehu_auditor;
GRANT SELECT ON copied_message TO hehu_backup;
ALTER TABLE copied_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE copied_message FORCE ROW LEVEL SECURITY;
CREATE POLICY copied_message_app ON copied_message FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY copied_message_auditor ON copied_message FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON org_fact TO hehu_app;
GRANT SELECT, INSERT (tenant_id, id, stale_at, alert_at), UPDATE (stage, stale_at, alert_at) ON org_fact TO hehu_rollup;
GRANT SELECT, UPDATE ON org_fact TO hehu_system;
GRANT SELECT (tenant_id, id, stage, alert_at, stale_at, as_of) ON org_fact TO hehu_auditor;
GRANT SELECT ON org_fact TO hehu_backup;
ALTER TABLE org_fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE org_fact FORCE ROW LEVEL SECURITY;
CREATE POLICY org_fact_app ON org_fact FOR ALL TO hehu_app USING (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid));
CREATE POLICY org_fact_rollup ON org_fact FOR ALL TO hehu_rollup USING (true) WITH CHECK (true);
CREATE POLICY org_fact_system ON org_fact FOR ALL TO hehu_system USING (true) WITH CHECK (true);
CREATE POLICY org_fact_auditor ON org_fact FOR ALL TO hehu_auditor USING (true) WITH CHECK (true);
CREATE POLICY org_fact_superior ON org_fact FOR SELECT TO hehu_app USING (tenant_id IN (SELECT s.subordinate_id FROM supervision s WHERE s.superior_id = (SELECT nullif(current_setting('hehu.tenant', true), '')::uuid)));
