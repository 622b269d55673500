-- Texts of usual length stay in their row, which saves a second write for each.
SET MAX_LENGTH_INPLACE_LOB 4096;
