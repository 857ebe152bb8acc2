// SPDX-License-Identifier: MIT
// Alanine dipeptide (ACE-ALA-NME, 22 atoms) as a PDB file, built from ideal bonds, angles and torsions.
#pragma once

#include <string>

namespace liftwell::testing {

/// CONECT records are left out: bonds come from distances.
inline const std::string& alanine_dipeptide_pdb() {
  static const std::string text = R"(ATOM      1  H1  ACE A   1      -0.364   0.514  -0.890  1.00  0.00           H
ATOM      2  CH3 ACE A   1       0.000   0.000   0.000  1.00  0.00           C
ATOM      3  H2  ACE A   1      -0.364  -1.027  -0.000  1.00  0.00           H
ATOM      4  H3  ACE A   1      -0.364   0.514   0.890  1.00  0.00           H
ATOM      5  C   ACE A   1       1.522   0.000   0.000  1.00  0.00           C
ATOM      6  O   ACE A   1       2.144  -1.060   0.000  1.00  0.00           O
ATOM      7  N   ALA A   2       2.120   1.194   0.000  1.00  0.00           N
ATOM      8  H   ALA A   2       1.561   2.035   0.000  1.00  0.00           H
ATOM      9  CA  ALA A   2       3.563   1.328   0.000  1.00  0.00           C
ATOM     10  HA  ALA A   2       3.999   0.560  -0.640  1.00  0.00           H
ATOM     11  CB  ALA A   2       3.950   2.715  -0.503  1.00  0.00           C
ATOM     12  HB1 ALA A   2       3.518   3.473   0.150  1.00  0.00           H
ATOM     13  HB2 ALA A   2       5.036   2.812  -0.502  1.00  0.00           H
ATOM     14  HB3 ALA A   2       3.575   2.852  -1.517  1.00  0.00           H
ATOM     15  C   ALA A   2       4.106   1.129   1.408  1.00  0.00           C
ATOM     16  O   ALA A   2       4.738   2.025   1.963  1.00  0.00           O
ATOM     17  N   NME A   3       3.859  -0.050   1.983  1.00  0.00           N
ATOM     18  H   NME A   3       3.335  -0.753   1.482  1.00  0.00           H
ATOM     19  C   NME A   3       4.323  -0.362   3.320  1.00  0.00           C
ATOM     20  H1  NME A   3       3.897   0.349   4.028  1.00  0.00           H
ATOM     21  H2  NME A   3       4.011  -1.372   3.587  1.00  0.00           H
ATOM     22  H3  NME A   3       5.411  -0.299   3.352  1.00  0.00           H
END
)";
  return text;
}

}  // namespace liftwell::testing
