from django.db import migrations

# Entries change hands when accounts are merged, and only an update of the account or of a time can make two of them
# overlap: a new one is kept apart by list_entry_open_once and begins at the refresh. An exclusion constraint would
# say the same and cost ten times the insert of a first build.
MAKE = """
CREATE FUNCTION prospecting_list_times_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM changed c JOIN was o ON o.id = c.id
          JOIN prospecting_listentry e
            ON e.account_id = c.account_id AND e.target_list_id = c.target_list_id AND e.id <> c.id
         WHERE (c.account_id <> o.account_id OR c.target_list_id <> o.target_list_id OR c.entered_at < o.entered_at
                OR coalesce(c.left_at, 'infinity') > coalesce(o.left_at, 'infinity'))
           AND e.entered_at < coalesce(c.left_at, 'infinity') AND c.entered_at < coalesce(e.left_at, 'infinity')
           AND e.entered_at < coalesce(e.left_at, 'infinity') AND c.entered_at < coalesce(c.left_at, 'infinity')
    ) THEN
        RAISE EXCEPTION 'two stays of one account on one list overlap'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'list_times_never_overlap';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER list_times_never_overlap AFTER UPDATE ON prospecting_listentry
    REFERENCING NEW TABLE AS changed OLD TABLE AS was
    FOR EACH STATEMENT EXECUTE FUNCTION prospecting_list_times_apart();
"""
TAKE_AWAY = """
DROP TRIGGER list_times_never_overlap ON prospecting_listentry;
DROP FUNCTION prospecting_list_times_apart();
"""


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0009_approval_intake_calls")]

    operations = [migrations.RunSQL(MAKE, TAKE_AWAY)]
