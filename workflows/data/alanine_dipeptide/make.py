#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the files beside it with OpenMM (Debian: python3-simtk): alanine dipeptide, ACE-ALA-NME, in vacuum.

system.xml  AMBER99SB-ILDN (Lindorff-Larsen et al., Proteins 78, 1950 (2010)), no cut-off, bonds to hydrogen constrained
start.pdb   its minimum C7eq
c7ax.pdb    its minimum C7ax, 6 kJ/mol higher, behind a barrier of some 37 kJ/mol in phi

A molecule of your own: read its PDB in place of `built`, and name its force field.
"""
import math
import os

import openmm
from openmm import app, unit

# name, residue number and name, and its place: distance (angstrom) from the first atom named, angle with the second and
# torsion with the third (degrees); phi and psi are filled in.
ATOMS = [
    ("CH3", 1, "ACE", None),
    ("H1", 1, "ACE", (1.09, "ACE:CH3", 109.5, "ACE:C", 60.0, "ACE:O")),
    ("H2", 1, "ACE", (1.09, "ACE:CH3", 109.5, "ACE:C", 180.0, "ACE:O")),
    ("H3", 1, "ACE", (1.09, "ACE:CH3", 109.5, "ACE:C", 300.0, "ACE:O")),
    ("C", 1, "ACE", None),
    ("O", 1, "ACE", None),
    ("N", 2, "ALA", (1.335, "ACE:C", 116.6, "ACE:CH3", 180.0, "ACE:O")),
    ("H", 2, "ALA", (1.01, "ALA:N", 119.8, "ACE:C", 0.0, "ACE:CH3")),
    ("CA", 2, "ALA", (1.449, "ALA:N", 121.9, "ACE:C", 180.0, "ACE:CH3")),
    ("HA", 2, "ALA", (1.09, "ALA:CA", 109.5, "ALA:N", "phi+120", "ACE:C")),
    ("CB", 2, "ALA", (1.526, "ALA:CA", 109.7, "ALA:N", "phi+240", "ACE:C")),
    ("HB1", 2, "ALA", (1.09, "ALA:CB", 109.5, "ALA:CA", 60.0, "ALA:N")),
    ("HB2", 2, "ALA", (1.09, "ALA:CB", 109.5, "ALA:CA", 180.0, "ALA:N")),
    ("HB3", 2, "ALA", (1.09, "ALA:CB", 109.5, "ALA:CA", 300.0, "ALA:N")),
    ("C", 2, "ALA", (1.522, "ALA:CA", 110.1, "ALA:N", "phi+0", "ACE:C")),
    ("O", 2, "ALA", (1.229, "ALA:C", 120.4, "ALA:CA", "psi+180", "ALA:N")),
    ("N", 3, "NME", (1.335, "ALA:C", 116.6, "ALA:CA", "psi+0", "ALA:N")),
    ("H", 3, "NME", (1.01, "NME:N", 119.8, "ALA:C", 0.0, "ALA:CA")),
    ("C", 3, "NME", (1.449, "NME:N", 121.9, "ALA:C", 180.0, "ALA:CA")),
    ("H1", 3, "NME", (1.09, "NME:C", 109.5, "NME:N", 60.0, "ALA:C")),
    ("H2", 3, "NME", (1.09, "NME:C", 109.5, "NME:N", 180.0, "ALA:C")),
    ("H3", 3, "NME", (1.09, "NME:C", 109.5, "NME:N", 300.0, "ALA:C")),
]


def minus(a, b):
    return [p - q for p, q in zip(a, b)]


def cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def normal(a):
    length = math.sqrt(sum(p * p for p in a))
    return [p / length for p in a]


def placed(a, b, c, distance, angle, torsion):
    """The point at `distance` from a, at `angle` with b, at `torsion` with c (dihedral point-a-b-c)."""
    angle, torsion = math.radians(angle), math.radians(torsion)
    along = normal(minus(a, b))
    out = normal(cross(minus(b, c), along))
    up = cross(out, along)
    x, y, z = -math.cos(angle), math.sin(angle) * math.cos(torsion), math.sin(angle) * math.sin(torsion)
    return [a[i] + distance * (x * along[i] + y * up[i] + z * out[i]) for i in range(3)]


def built(phi, psi):
    """Positions (nm) of ideal geometry at the two torsions (degrees)."""
    at = {"ACE:CH3": [0.0, 0.0, 0.0], "ACE:C": [1.522, 0.0, 0.0], "ACE:O": [2.144, -1.06, 0.0]}
    # The methyl of ACE is placed by its C and O, all else atom by atom along the chain.
    waiting = [(residue + ":" + name, place) for name, _, residue, place in ATOMS if place]
    for key, (distance, a, angle, b, torsion, c) in waiting:
        if isinstance(torsion, str):
            base, offset = torsion.split("+")
            torsion = {"phi": phi, "psi": psi}[base] + float(offset)
        at[key] = placed(at[a], at[b], at[c], distance, angle, torsion)
    return [[p / 10 for p in at[residue + ":" + name]] for name, _, residue, _ in ATOMS]


def topology():
    out = app.Topology()
    chain = out.addChain("A")
    residue, number = None, 0
    for name, of, residue_name, _ in ATOMS:
        if of != number:
            residue, number = out.addResidue(residue_name, chain, str(of)), of
        out.addAtom(name, app.Element.getBySymbol(name[0]), residue)
    out.createStandardBonds()
    return out


def torsion(x, i, j, k, l):
    b1, b2, b3 = minus(x[j], x[i]), minus(x[k], x[j]), minus(x[l], x[k])
    n1, n2 = cross(b1, b2), cross(b2, b3)
    return math.degrees(math.atan2(
        sum(p * q for p, q in zip(cross(n1, n2), normal(b2))), sum(p * q for p, q in zip(n1, n2))))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    molecule = topology()
    system = app.ForceField("amber99sbildn.xml").createSystem(
        molecule, nonbondedMethod=app.NoCutoff, constraints=app.HBonds)
    with open(os.path.join(here, "system.xml"), "w") as file:
        file.write(openmm.XmlSerializer.serialize(system))
    platform = openmm.Platform.getPlatformByName("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    for name, phi, psi in [("start.pdb", -80, 60), ("c7ax.pdb", 64, -45)]:
        context.setPositions(built(phi, psi))
        context.applyConstraints(1e-8)
        openmm.LocalEnergyMinimizer.minimize(context, 0.01)
        state = context.getState(getPositions=True, getEnergy=True)
        x = state.getPositions().value_in_unit(unit.nanometer)
        x = [[p[i] for i in range(3)] for p in x]
        centre = [sum(p[i] for p in x) / len(x) for i in range(3)]
        moved = [openmm.Vec3(*minus(p, centre)) for p in x]
        with open(os.path.join(here, name), "w") as file:
            app.PDBFile.writeModel(molecule, moved * unit.nanometer, file, keepIds=True)
            app.PDBFile.writeFooter(molecule, file)  # without the header, which has the day's date
        print("%s: phi %.1f, psi %.1f degrees, %.3f kJ/mol" % (
            name, torsion(x, 4, 6, 8, 14), torsion(x, 6, 8, 14, 16),
            state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)))


if __name__ == "__main__":
    main()
