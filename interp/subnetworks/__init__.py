"""Subnetworks, binary masks over weights: find, apply, compare them. Names are loaded when they are first used."""

from typing import TYPE_CHECKING

from interp.lazy import lazy

if TYPE_CHECKING:
    from interp.subnetworks.controls import controls as controls
    from interp.subnetworks.controls import mean_magnitude as mean_magnitude
    from interp.subnetworks.controls import random_like as random_like
    from interp.subnetworks.controls import top_magnitude as top_magnitude
    from interp.subnetworks.cross_entropy import cross_entropy as cross_entropy
    from interp.subnetworks.folder import save_pruned as save_pruned
    from interp.subnetworks.hidden import final_states as final_states
    from interp.subnetworks.location import Location as Location
    from interp.subnetworks.location import located as located
    from interp.subnetworks.losses import loss as loss
    from interp.subnetworks.losses import necessity as necessity
    from interp.subnetworks.losses import sequence_losses as sequence_losses
    from interp.subnetworks.losses import sufficiency as sufficiency
    from interp.subnetworks.mask import Mask as Mask
    from interp.subnetworks.maskable import parameters as parameters
    from interp.subnetworks.matrices import Matrix as Matrix
    from interp.subnetworks.matrices import matrices as matrices
    from interp.subnetworks.overlap import Overlap as Overlap
    from interp.subnetworks.overlap import overlap as overlap
    from interp.subnetworks.path import path as path
    from interp.subnetworks.pruned import ablated as ablated
    from interp.subnetworks.pruned import pruned as pruned
    from interp.subnetworks.released import read_released as read_released
    from interp.subnetworks.search import Found as Found
    from interp.subnetworks.search import search as search
    from interp.subnetworks.select import select as select
    from interp.subnetworks.selection import Point as Point
    from interp.subnetworks.selection import chosen as chosen
    from interp.subnetworks.selection import r_at as r_at
    from interp.subnetworks.selection import size_for as size_for
    from interp.subnetworks.settings import Search as Search
    from interp.subnetworks.targets.from_counts import FromCounts as FromCounts
    from interp.subnetworks.targets.labels import Labels as Labels
    from interp.subnetworks.targets.target import Prepared as Prepared
    from interp.subnetworks.targets.target import Target as Target
    from interp.subnetworks.targets.teacher import Teacher as Teacher
    from interp.subnetworks.units import Units as Units
    from interp.subnetworks.units import units as units

_HOMES = {
    "controls": ["controls", "mean_magnitude", "random_like", "top_magnitude"],
    "cross_entropy": ["cross_entropy"],
    "folder": ["save_pruned"],
    "hidden": ["final_states"],
    "location": ["Location", "located"],
    "losses": ["loss", "necessity", "sequence_losses", "sufficiency"],
    "mask": ["Mask"],
    "maskable": ["parameters"],
    "matrices": ["Matrix", "matrices"],
    "overlap": ["Overlap", "overlap"],
    "path": ["path"],
    "pruned": ["ablated", "pruned"],
    "released": ["read_released"],
    "search": ["Found", "search"],
    "select": ["select"],
    "selection": ["Point", "chosen", "r_at", "size_for"],
    "settings": ["Search"],
    "targets.from_counts": ["FromCounts"],
    "targets.labels": ["Labels"],
    "targets.target": ["Prepared", "Target"],
    "targets.teacher": ["Teacher"],
    "units": ["Units", "units"],
}

__all__ = lazy(__name__, _HOMES)
