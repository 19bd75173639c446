"""From a changed contract to a released package: next version, changelog, build, trial, upload."""
