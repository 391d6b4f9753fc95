#include "domain.h"

#define AT(type, member) offsetof(struct type, member)

static const struct hc_choice cell_choices[] = {{"triangle", HC_TRIANGLE, "linear triangles: the sheet z = 0"},
                                                {"tetrahedron", HC_TETRAHEDRON, "linear tetrahedra, six a cube"},
                                                {"hexahedron", HC_HEXAHEDRON, "trilinear hexahedra (voxels)"},
                                                {NULL, 0, NULL}};

static const struct hc_choice partitioner_choices[] = {
    {"metis", HC_PART_METIS, "METIS on the first rank: smallest halos while one rank holds the mesh"},
    {"ptscotch", HC_PART_PTSCOTCH, "PT-Scotch: no rank holds the mesh"},
    {"curve", HC_PART_CURVE, "Hilbert curve: at once, larger halos"},
    {"stored", HC_PART_STORED, "the partition stored in the mesh file for this number of ranks"},
    {NULL, 0, NULL}};

static const struct hc_param mesh_params[] = {
    {.key = "file",
     .type = HC_PATH,
     .offset = AT(hc_mesh_params, file),
     .fallback = "~",
     .meaning =
         "Mesh file: native HDF5 (VTKHDF), Gmsh .msh, .vtu, .vtk or openCARP, or a NIfTI image whose labels become "
         "regions; or leave it out and give `size`."},
    {.key = "surface_field",
     .type = HC_STRING,
     .offset = AT(hc_mesh_params, surface_field),
     .fallback = "~",
     .meaning = "Imported meshes: name of the integer nodal array that holds surface tags 1 to 31."},
    {.key = "region_field",
     .type = HC_STRING,
     .offset = AT(hc_mesh_params, region_field),
     .fallback = "~",
     .meaning = "Imported meshes: name of the cell array that holds region tags."},
    {.key = "scale",
     .type = HC_REAL,
     .offset = AT(hc_mesh_params, scale),
     .unit = "mm",
     .fallback = "0",
     .min = 0,
     .max = 1e6,
     .meaning = "Imported meshes: mm in one unit of the file; 0: the format's own (openCARP um, others mm)."},
    {.key = "cell",
     .type = HC_CHOICE,
     .offset = AT(hc_mesh_params, cell),
     .fallback = "tetrahedron",
     .choices = cell_choices,
     .meaning = "Box, image: kind of cells."},
    {.key = "size",
     .type = HC_REALS,
     .offset = AT(hc_mesh_params, size),
     .unit = "mm",
     .fallback = "~",
     .min = 1e-6,
     .max = 1e6,
     .n_min = 2,
     .n_max = 3,
     .meaning = "Box: lengths along x, y and z. Surface tags 1 to 6: x min, x max, y min, y max, z min, z max."},
    {.key = "spacing",
     .type = HC_REAL,
     .offset = AT(hc_mesh_params, spacing),
     .unit = "mm",
     .fallback = "0.5",
     .min = 1e-6,
     .max = 1e6,
     .meaning = "Box: edge length along the axes, or a little less so that it divides the size."},
    {.key = "refine",
     .type = HC_INT,
     .offset = AT(hc_mesh_params, refine),
     .fallback = "0",
     .min = 0,
     .max = 6,
     .meaning = "How often every edge is halved (8 times the cells each time)."},
    {.key = "partitioner",
     .type = HC_CHOICE,
     .offset = AT(hc_mesh_params, partitioner),
     .fallback = "metis",
     .choices = partitioner_choices,
     .meaning = "Who distributes the nodes over the ranks."},
    {.key = "seed",
     .type = HC_INT,
     .offset = AT(hc_mesh_params, seed),
     .fallback = "1",
     .min = 0,
     .max = 2147483647.0,
     .meaning = "Random seed of METIS."},
    {0}};
const struct hc_block hc_mesh_block = {"mesh", sizeof(struct hc_mesh_params), mesh_params,
                                       "The anatomy: a mesh file, or a box that is made."};

PetscErrorCode hc_domain_check(const struct hc_mesh_params *mesh)
{
  PetscFunctionBeginUser;
  PetscCheck(mesh->file || mesh->size.n > 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: no mesh; allowed: mesh.file, or mesh.size and mesh.spacing for a box",
             hc_params_place(mesh->params, &mesh->file));
  PetscCheck(!mesh->file || mesh->size.n == 0, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found both mesh.file and mesh.size; allowed: one of them",
             hc_params_place(mesh->params, &mesh->size));
  PetscCheck(mesh->size.n != 2 || mesh->cell == HC_TRIANGLE, PETSC_COMM_SELF, HC_ERR_INPUT,
             "%s: found 2 lengths; allowed: 3 for %s cells", hc_params_place(mesh->params, &mesh->size),
             hc_cell_name((enum hc_cell_type)mesh->cell));
  PetscFunctionReturn(PETSC_SUCCESS);
}
