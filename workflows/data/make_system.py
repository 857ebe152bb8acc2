#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""From a PDB file to what liftwell needs: a System and a start, with OpenMM (Debian: python3-simtk).

    /usr/bin/python3 workflows/data/make_system.py mine.pdb --output mine
    /usr/bin/python3 workflows/data/make_system.py mine.pdb --output mine --force-field amber99sbildn.xml amber99_obc.xml

writes mine/system.xml and mine/start.pdb: hydrogens added where they are missing, energy minimised, bonds to hydrogen
constrained, no cut-off, no periodic box. Files of AMBER instead of a PDB: --prmtop mine.prmtop --inpcrd mine.inpcrd.
"""
import argparse
import math
import os
import sys

import openmm
from openmm import app, unit


def read_atoms(path):
    """The PDB file. ValueError says what is wrong with it, where OpenMM would say something else."""
    with open(path, errors="replace") as file:
        if not any(line.startswith(("ATOM", "HETATM")) for line in file):
            raise ValueError("has no ATOM or HETATM records; is it a PDB file?")
    pdb = app.PDBFile(path)
    for atom, place in zip(pdb.topology.atoms(), pdb.positions.value_in_unit(unit.nanometer)):
        if not all(math.isfinite(x) for x in place):
            raise ValueError("%s has a coordinate that is no number" % label(atom))
    return pdb


def label(atom):
    return "%s of %s %s" % (atom.name, atom.residue.name, atom.residue.id)


def check_bonds(topology, positions, system):
    """ValueError where bonds are far from their length: minimisation would hide that names are exchanged."""
    atoms = list(topology.atoms())
    places = positions.value_in_unit(unit.nanometer)
    lengths = [system.getConstraintParameters(i) for i in range(system.getNumConstraints())]
    for force in system.getForces():
        if isinstance(force, openmm.HarmonicBondForce):
            lengths += [force.getBondParameters(i)[:3] for i in range(force.getNumBonds())]
    for a, b, length in lengths:
        here, right = math.dist(places[a], places[b]), length.value_in_unit(unit.nanometer)
        if not right / 1.5 < here < 1.5 * right:
            raise ValueError("%s and %s are %.1f angstrom apart, but bonded at %.1f; are names exchanged, or is it in "
                             "another unit?" % (label(atoms[a]), label(atoms[b]), 10 * here, 10 * right))


def named(file, read, *arguments):
    """What `read` makes of the file. OpenMM's readers fail in many ways, few of which name it."""
    try:
        return read(*arguments)
    except Exception as problem:
        text = str(problem) or type(problem).__name__
        sys.exit("%s: %s" % (file, text if isinstance(problem, (ValueError, OSError)) else "cannot be read: " + text))


def molecule(arguments):
    """Topology, positions and System."""
    settings = {"nonbondedMethod": app.NoCutoff, "constraints": app.HBonds}
    if arguments.prmtop:
        parameters = named(arguments.prmtop, app.AmberPrmtopFile, arguments.prmtop)
        if arguments.obc:
            settings["implicitSolvent"] = app.OBC2
        positions = named(arguments.inpcrd, app.AmberInpcrdFile, arguments.inpcrd).positions
        return parameters.topology, positions, parameters.createSystem(**settings)
    force_field = named("--force-field " + " ".join(arguments.force_field), app.ForceField, *arguments.force_field)
    pdb = named(arguments.pdb, read_atoms, arguments.pdb)
    modeller = app.Modeller(pdb.topology, pdb.positions)
    modeller.addHydrogens(force_field)
    return modeller.topology, modeller.positions, force_field.createSystem(modeller.topology, **settings)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pdb", nargs="?", help="the molecule, without water")
    parser.add_argument("--output", required=True, metavar="FOLDER", help="where system.xml and start.pdb go")
    parser.add_argument("--force-field", nargs="+", default=["amber99sbildn.xml"], metavar="XML",
                        help="files that OpenMM has or that you have; amber99_obc.xml adds implicit water")
    parser.add_argument("--prmtop", help="topology of AMBER")
    parser.add_argument("--inpcrd", help="coordinates of AMBER")
    parser.add_argument("--obc", action="store_true", help="implicit water (OBC2), with --prmtop")
    arguments = parser.parse_args()
    if bool(arguments.pdb) == bool(arguments.prmtop) or bool(arguments.prmtop) != bool(arguments.inpcrd):
        parser.error("give a PDB file, or --prmtop and --inpcrd")
    if arguments.obc and not arguments.prmtop:
        parser.error("--obc goes with --prmtop; with a PDB file add amber99_obc.xml to --force-field")
    try:
        topology, positions, system = molecule(arguments)
        check_bonds(topology, positions, system)
    except (ValueError, OSError, IndexError, openmm.OpenMMException) as problem:
        hint = "\n(water and ions out? caps ACE and NME spelled so? residues in the force field?)"
        sys.exit("%s: %s%s" % (arguments.pdb or arguments.prmtop, problem, hint if "template" in str(problem) else ""))
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatformByName("Reference"))
    context.setPositions(positions)
    context.applyConstraints(1e-8)
    openmm.LocalEnergyMinimizer.minimize(context, 0.1)
    state = context.getState(getPositions=True, getEnergy=True)
    try:
        os.makedirs(arguments.output, exist_ok=True)
    except OSError as problem:
        sys.exit("--output %s: %s" % (arguments.output, problem.strerror))
    with open(os.path.join(arguments.output, "system.xml"), "w") as file:
        file.write(openmm.XmlSerializer.serialize(system))
    with open(os.path.join(arguments.output, "start.pdb"), "w") as file:
        app.PDBFile.writeModel(topology, state.getPositions(), file, keepIds=True)
        app.PDBFile.writeFooter(topology, file)
    print("%d atoms, %d constraints, %.1f kJ/mol after minimisation" % (
        system.getNumParticles(), system.getNumConstraints(),
        state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)))


if __name__ == "__main__":
    main()
