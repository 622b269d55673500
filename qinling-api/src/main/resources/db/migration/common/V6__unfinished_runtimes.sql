-- Which process brings a pool to what its runtime says, and the image to go back to when the new one of an upgrade fails.
ALTER TABLE runtimes ADD COLUMN IF NOT EXISTS api_id VARCHAR(36);
ALTER TABLE runtimes ADD COLUMN IF NOT EXISTS former_image VARCHAR(255);
