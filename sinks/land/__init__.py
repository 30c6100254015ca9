"""Land of the account: areas of classes, strata, biomass rasters, official totals."""
