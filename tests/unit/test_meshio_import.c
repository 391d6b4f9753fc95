#include "meshio_fixtures.h"

#include <math.h>

/* ---- Whole-mesh views: everybody gets everything, the meshes are tiny ---- */

static double *gather(const struct hc_slab *s, enum hc_location where, int n_comp, const double *mine)
{
  int size, counts[64], starts[64];
  MPI_Comm_size(s->comm, &size);
  const int64_t n = where == HC_NODE ? s->n_nodes : s->n_cells;
  for (int r = 0; r < size; r++) {
    starts[r] = (int)hc_slab_start(n, r, size) * n_comp;
    counts[r] = (int)hc_slab_start(n, r + 1, size) * n_comp - starts[r];
  }
  double *all = malloc(sizeof(double) * (size_t)(n * n_comp + 1));
  int rank;
  MPI_Comm_rank(s->comm, &rank);
  MPI_Allgatherv(mine, counts[rank], MPI_DOUBLE, all, counts, starts, MPI_DOUBLE, s->comm);
  return all;
}

static void expect_values(const struct hc_slab *s, enum hc_location where, int n_comp, const double *mine,
                          const double *expected)
{
  double *all = gather(s, where, n_comp, mine);
  for (int64_t i = 0; i < (where == HC_NODE ? s->n_nodes : s->n_cells) * n_comp; i++)
    ck_assert_msg(all[i] == expected[i], "value %d: %.17g, expected %.17g", (int)i, all[i], expected[i]);
  free(all);
}

static void expect_field(const struct hc_slab *s, enum hc_location where, const char *name, int n_comp,
                         const double *expected)
{
  const struct hc_slab_field *f = hc_slab_find_field(s, name, where);
  ck_assert_msg(f != NULL, "no field %s", name);
  ck_assert_int_eq(f->n_comp, n_comp);
  expect_values(s, where, n_comp, f->values, expected);
}

static void expect_surface(const struct hc_slab *s, const double *expected)
{
  double *mine = malloc(sizeof(double) * (size_t)(hc_slab_nodes(s) + 1));
  for (int64_t i = 0; i < hc_slab_nodes(s); i++)
    mine[i] = s->surface[i];
  expect_values(s, HC_NODE, 1, mine, expected);
  free(mine);
}

static void expect_region(const struct hc_slab *s, const double *expected)
{
  double *mine = malloc(sizeof(double) * (size_t)(hc_slab_cells(s) + 1));
  for (int64_t i = 0; i < hc_slab_cells(s); i++)
    mine[i] = s->region[i];
  expect_values(s, HC_CELL, 1, mine, expected);
  free(mine);
}

static void expect_cells(const struct hc_slab *s, const double *expected)
{
  const int n = hc_cell_nodes(s->type);
  double *mine = malloc(sizeof(double) * (size_t)(hc_slab_cells(s) * n + 1));
  for (int64_t i = 0; i < hc_slab_cells(s) * n; i++)
    mine[i] = (double)s->cells[i];
  expect_values(s, HC_CELL, n, mine, expected);
  free(mine);
}

static double volume_of_tetrahedra(const struct hc_slab *s)
{
  double *xyz = gather(s, HC_NODE, 3, s->xyz), sum = 0;
  for (int64_t c = 0; c < hc_slab_cells(s); c++) {
    double e[3][3];
    for (int j = 0; j < 3; j++)
      for (int k = 0; k < 3; k++)
        e[j][k] = xyz[3 * s->cells[4 * c + j + 1] + k] - xyz[3 * s->cells[4 * c] + k];
    sum += (e[0][0] * (e[1][1] * e[2][2] - e[1][2] * e[2][1]) - e[0][1] * (e[1][0] * e[2][2] - e[1][2] * e[2][0]) +
            e[0][2] * (e[1][0] * e[2][1] - e[1][1] * e[2][0])) /
           6;
  }
  free(xyz);
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, s->comm);
  return sum;
}

static struct hc_slab *import(const char *path, double scale, const char *surface, const char *region)
{
  const struct hc_import_options options = {scale, surface, region};
  struct hc_slab *slab;
  ck_call(hc_meshio_import(PETSC_COMM_WORLD, path, &options, &slab));
  return slab;
}

/* ---- Files made by VTK and Gmsh ---- */

static const double tets_xyz[] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1.25, 1, 1};
static const double tets_cells[] = {0, 1, 2, 3, 1, 2, 3, 4};
static const double tets_fib[] = {0, 0.5, -1, 1, 0.5, -1};
static const double tets_class[] = {0, 1, 2, 3, 0};
static const double tets_t[] = {36.5, 37.5, 36.5, 36.5, 37.75};

START_TEST(vtk_writes_what_is_read)
{
  for (size_t i = 0; i < N_FILES(two_tets); i++) {
    struct hc_slab *s = import(fixture(two_tets[i]), 0, NULL, NULL);
    ck_assert_int_eq(s->type, HC_TETRAHEDRON);
    ck_assert_int_eq(s->n_nodes, 5); /* the sixth belongs to no cell */
    ck_assert_int_eq(s->n_cells, 2);
    expect_values(s, HC_NODE, 3, s->xyz, tets_xyz);
    expect_cells(s, tets_cells);
    expect_region(s, (const double[]){7, 8});
    expect_surface(s, (const double[]){4, 4, 4, 0, 0}); /* the triangle has tag 3 */
    ck_assert_int_eq(s->n_fields, 3);
    expect_field(s, HC_CELL, "fib", 3, tets_fib);
    expect_field(s, HC_NODE, "class", 1, tets_class);
    expect_field(s, HC_NODE, "T", 1, tets_t);
    hc_slab_destroy(&s);
  }
}
END_TEST

START_TEST(options_choose_tags_and_scale)
{
  struct hc_slab *s = import(fixture(two_tets[0]), 10, "class", "region");
  double xyz[15];
  for (int i = 0; i < 15; i++)
    xyz[i] = 10 * tets_xyz[i];
  expect_values(s, HC_NODE, 3, s->xyz, xyz);
  expect_surface(s, (const double[]){4, 1 | 4, 2 | 4, 4, 0});
  ck_assert_ptr_null(hc_slab_find_field(s, "class", HC_NODE));
  hc_slab_destroy(&s);
  const struct hc_import_options surface = {.surface_field = "classes"}, region = {.region_field = "material"},
                                 real = {.surface_field = "T"}, vector = {.region_field = "fib"}, scale = {.scale = -1};
  const char *path = fixture(two_tets[0]);
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, path, &surface, &s), HC_ERR_INPUT,
                "no array \"classes\" of the nodes; there are: class T");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, path, &region, &s), HC_ERR_INPUT,
                "no array \"material\" of the cells; there are: region fib");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, path, &real, &s), HC_ERR_INPUT, "has 36.5 at node 0");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, path, &vector, &s), HC_ERR_INPUT, "of 3 components");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, path, &scale, &s), HC_ERR_INPUT, "scale -1");
  ck_assert_ptr_null(s);
}
END_TEST

/* Arrays called like the tags beside those that were asked for: the tags of a native mesh must not be overwritten. */
START_TEST(names_do_not_collide)
{
  const char *text = scratch(".vtk"), *native;
  struct hc_slab *s;
  write_text(text, "# vtk DataFile Version 3.0\nt\nASCII\nDATASET UNSTRUCTURED_GRID\nPOINTS 4 double\n"
                   "0 0 0 1 0 0 0 1 0 0 0 1\nCELLS 1 5\n4 0 1 2 3\nCELL_TYPES 1\n10\n"
                   "CELL_DATA 1\nFIELD f 3\nregion 1 1 int\n3\nmaterial 1 1 int\n5\nstress(N/mm2) 1 1 double\n0.5\n"
                   "POINT_DATA 4\nFIELD f 2\nsurface 1 4 int\n1 0 0 2\nclass 1 4 int\n0 3 1 0\n");
  s = import(text, 0, "class", "material");
  discard(text);
  native = scratch(".vtkhdf");
  ck_call(hc_meshio_write(s, native));
  for (int back = 0; back < 2; back++) {
    expect_surface(s, (const double[]){1, 4, 1, 2});
    expect_region(s, (const double[]){5});
    ck_assert_int_eq(s->n_fields, 1);
    expect_field(s, HC_CELL, "stress(N_mm2)", 1, (const double[]){0.5});
    hc_slab_destroy(&s);
    ck_call(hc_meshio_read(PETSC_COMM_WORLD, native, 0, &s));
  }
  hc_slab_destroy(&s);
  discard(native);
}
END_TEST

START_TEST(gmsh_writes_what_is_read)
{
  for (size_t i = 0; i < N_FILES(boxes); i++) {
    struct hc_slab *s = import(fixture(boxes[i]), 0, NULL, NULL);
    int64_t repaired;
    ck_assert_int_eq(s->type, HC_TETRAHEDRON);
    ck_assert_int_eq(s->n_fields, 0);
    ck_assert_double_eq_tol(volume_of_tetrahedra(s), 1, 1e-12);
    for (int64_t c = 0; c < hc_slab_cells(s); c++)
      ck_assert_int_eq(s->region[c], 5);
    for (int64_t n = 0; n < hc_slab_nodes(s); n++) {
      const double x = s->xyz[3 * n];
      ck_assert_int_eq(s->surface[n], x == 0 ? 1 | 4 : x == 1 ? 2 | 4 : 0);
    }
    ck_call(hc_slab_check(s, boxes[i], &repaired));
    ck_assert_int_eq(repaired, 0);
    hc_slab_destroy(&s);
  }
}
END_TEST

/* ---- Files that show single features ---- */

static const char gmsh_sparse[] = "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n"
                                  "$PhysicalNames\n1\n3 4 \"wall\"\n$EndPhysicalNames\n"
                                  "$Nodes\n5\n1000000007 0 0 0\n3 1 0 0\n77 0 1 0\n12 0 0 1\n5 4 4 4\n$EndNodes\n"
                                  "$Elements\n4\n1 15 2 9 1 5\n2 1 2 9 1 3 77\n3 2 2 -2 1 3 77 12\n"
                                  "9 4 3 4 1 0 1000000007 3 77 12\n$EndElements\n";

START_TEST(gmsh_numbers_may_be_sparse)
{
  const char *path = scratch(".msh");
  write_text(path, gmsh_sparse);
  struct hc_slab *s = import(path, 0, NULL, NULL);
  ck_assert_int_eq(s->n_nodes, 4); /* the geometry's point goes */
  expect_cells(s, (const double[]){0, 1, 2, 3});
  expect_region(s, (const double[]){4});
  expect_surface(s, (const double[]){0, 2, 2, 2});
  hc_slab_destroy(&s);
  discard(path);
}
END_TEST

START_TEST(vtu_pieces_are_joined)
{
  const char *path = scratch(".vtu");
  write_text(path,
             "<?xml version=\"1.0\"?>\n<!-- text --><VTKFile type=\"UnstructuredGrid\" byte_order=\"BigEndian\">"
             "<UnstructuredGrid><FieldData><DataArray type=\"Float64\" Name=\"TimeValue\" format=\"ascii\">3"
             "</DataArray></FieldData>"
             "<Piece NumberOfPoints=\"3\" NumberOfCells=\"1\"><Points><DataArray type=\"Float32\" "
             "NumberOfComponents=\"3\">0 0 0 1 0 0 0 1 0</DataArray></Points><Cells>"
             "<DataArray type=\"Int32\" Name=\"connectivity\">0 1 2</DataArray>"
             "<DataArray type=\"Int32\" Name=\"offsets\">3</DataArray>"
             "<DataArray type=\"UInt8\" Name=\"types\">5</DataArray></Cells>"
             "<PointData><DataArray type=\"Int64\" Name=\"a\" NumberOfComponents=\"2\">"
             "<InformationKey name=\"X\" location=\"Y\">77</InformationKey>1 2 3 4 5 6</DataArray></PointData></Piece>"
             "<Piece NumberOfPoints=\"0\" NumberOfCells=\"0\"/>"
             "<Piece NumberOfPoints=\"3\" NumberOfCells=\"1\"><PointData><DataArray type=\"Int64\" Name=\"a\" "
             "NumberOfComponents=\"2\">7 8 9 10 11 12</DataArray></PointData><Points><DataArray type=\"Float32\" "
             "NumberOfComponents=\"3\">0 0 5 1 0 5 0 1 5</DataArray></Points><Cells>"
             "<DataArray type=\"Int32\" Name=\"connectivity\">2 1 0</DataArray>"
             "<DataArray type=\"Int32\" Name=\"offsets\">3</DataArray>"
             "<DataArray type=\"UInt8\" Name=\"types\">5</DataArray></Cells></Piece>"
             "</UnstructuredGrid></VTKFile>\n");
  struct hc_slab *s = import(path, 0, NULL, NULL);
  ck_assert_int_eq(s->type, HC_TRIANGLE);
  expect_values(s, HC_NODE, 3, s->xyz, (const double[]){0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5, 1, 0, 5, 0, 1, 5});
  expect_cells(s, (const double[]){0, 1, 2, 5, 4, 3});
  expect_region(s, (const double[]){1, 1});
  expect_field(s, HC_NODE, "a", 2, (const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  hc_slab_destroy(&s);
  discard(path);
}
END_TEST

START_TEST(vtk_attributes_of_all_kinds)
{
  const char *path = scratch(".vtk");
  write_text(path,
             "# vtk DataFile Version 2.0\ntitle\nASCII\nDATASET UNSTRUCTURED_GRID\nPOINTS 3 float\n"
             "0 0 0 1 0 0 0 1 0\nCELLS 1 4\n3 0 1 2\nCELL_TYPES 1\n5\n"
             "POINT_DATA 3\nSCALARS a%20b double\nLOOKUP_TABLE default\n1 2 3\n"
             "SCALARS two float 2\nLOOKUP_TABLE own\n1 2 3 4 5 6\nLOOKUP_TABLE own 1\n0 0 0 1\n"
             "COLOR_SCALARS c 3\n0 0 0 0 0 0 0 0 0\nVECTORS v float\n1 2 3 4 5 6 7 8 9\n"
             "TEXTURE_COORDINATES t 2 float\n1 2 3 4 5 6\nMETADATA\nINFORMATION 0\n\n"
             "CELL_DATA 1\nTENSORS s float\n1 0 0\n0 2 0\n0 0 3\nSCALARS material int 1\nLOOKUP_TABLE default\n6\n"
             "FIELD f 1\nx 4 1 unsigned_char\n1 2 3 4\n");
  struct hc_slab *s = import(path, 0, NULL, NULL);
  expect_field(s, HC_NODE, "a b", 1, (const double[]){1, 2, 3});
  expect_field(s, HC_NODE, "two", 2, (const double[]){1, 2, 3, 4, 5, 6});
  expect_field(s, HC_NODE, "v", 3, (const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9});
  expect_field(s, HC_NODE, "t", 2, (const double[]){1, 2, 3, 4, 5, 6});
  expect_field(s, HC_CELL, "s", 9, (const double[]){1, 0, 0, 0, 2, 0, 0, 0, 3});
  expect_field(s, HC_CELL, "x", 4, (const double[]){1, 2, 3, 4});
  expect_region(s, (const double[]){6});
  ck_assert_int_eq(s->n_fields, 6);
  hc_slab_destroy(&s);
  discard(path);
}
END_TEST

START_TEST(opencarp_is_read_by_any_of_its_names)
{
  char base[128], path[3][160];
  const char *endings[] = {".pts", ".elem", ".lon"};
  snprintf(base, sizeof base, "%s", scratch("_carp"));
  for (int i = 0; i < 3; i++)
    snprintf(path[i], sizeof path[i], "%s%s", base, endings[i]);
  write_text(path[0], "5\n0 0 0\n1000 0 0\n0 1000 0\n0 0 1000\n1000 1000 1000\n");
  write_text(path[1], "2\nTt 0 1 2 3 7\nTt 1 2 3 4 9\n");
  write_text(path[2], "2\n1 0 0 0 1 0\n0 0 1 1 0 0\n");
  const char *names[] = {base, path[0], path[1], path[2]};
  for (int i = 0; i < 4; i++) {
    struct hc_slab *s = import(names[i], i == 3 ? 2 : 0, NULL, NULL);
    const double h = i == 3 ? 2000 : 1; /* micrometres to mm unless asked otherwise */
    expect_values(s, HC_NODE, 3, s->xyz, (const double[]){0, 0, 0, h, 0, 0, 0, h, 0, 0, 0, h, h, h, h});
    expect_cells(s, tets_cells);
    expect_region(s, (const double[]){7, 9});
    expect_field(s, HC_CELL, "fibre", 3, (const double[]){1, 0, 0, 0, 0, 1});
    expect_field(s, HC_CELL, "sheet", 3, (const double[]){0, 1, 0, 1, 0, 0});
    hc_slab_destroy(&s);
  }
  struct hc_slab *s;
  write_text(path[2], "1\n1 0 0\n0 0\n");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, base, NULL, &s), HC_ERR_INPUT,
                "_carp.lon:4: the file ends where a component is expected");
  discard(path[2]);
  write_text(path[1], "1\nTr 0 1 2\n"); /* no tag, no fibres */
  s = import(base, 0, NULL, NULL);
  ck_assert_int_eq(s->type, HC_TRIANGLE);
  ck_assert_int_eq(s->n_nodes, 3);
  ck_assert_int_eq(s->n_fields, 0);
  expect_region(s, (const double[]){1});
  hc_slab_destroy(&s);
  discard(path[0]);
  discard(path[1]);
}
END_TEST

START_TEST(opencarp_hexahedra_are_untangled)
{
  char base[128], pts[160], elem[160];
  const char *orders[] = {"0 1 3 2 4 5 7 6", "0 1 3 2 4 6 7 5"}; /* upper face either way round */
  snprintf(base, sizeof base, "%s", scratch("_hex"));
  snprintf(pts, sizeof pts, "%s.pts", base);
  snprintf(elem, sizeof elem, "%s.elem", base);
  write_text(pts, "8\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n");
  for (int i = 0; i < 2; i++) {
    char text[64];
    snprintf(text, sizeof text, "1\nHx %s 2\n", orders[i]);
    write_text(elem, text);
    struct hc_slab *s = import(base, 1, NULL, NULL);
    int64_t repaired;
    expect_cells(s, (const double[]){0, 1, 3, 2, 4, 5, 7, 6});
    ck_call(hc_slab_check(s, base, &repaired));
    ck_assert_int_eq(repaired, 0);
    hc_slab_destroy(&s);
  }
  discard(pts);
  discard(elem);
}
END_TEST

/* ---- What is refused, and how ---- */

#define MSH "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n"
#define NODES "$Nodes\n4\n1 0 0 0\n2 1 0 0\n3 0 1 0\n4 0 0 1\n$EndNodes\n"
#define VTK "# vtk DataFile Version 3.0\nt\nASCII\nDATASET UNSTRUCTURED_GRID\n"
#define POINTS "POINTS 4 float\n0 0 0 1 0 0 0 1 0 0 0 1\n"

static const char *const refused[][3] = {
    {".msh", "", "where $MeshFormat is expected"},
    {".msh", "$MeshFormat\n4 0 8\n", ":2: Gmsh format 4 is not supported; 2.2 and 4.1 are"},
    {".msh", "$MeshFormat\n2.2 0 4\n", "data size 4"},
    {".msh", MSH, "ends without elements"},
    {".msh", MSH "rubbish\n", ":4: \"rubbish\" where a section is expected"},
    {".msh", MSH "$Elements\n1\n", "elements before nodes"},
    {".msh", MSH "$Nodes\n-4\n", ":5: number of nodes is -4"},
    {".msh", MSH "$Nodes\n123456789012\n", ":5: number of nodes is 123456789012, the rest of the file has"},
    {".msh", MSH "$Nodes\n99999999999999999999\n", "number of nodes is too large"},
    {".msh", MSH "$Nodes\n1\n1 zero 0 0\n$EndNodes\n", ":6: \"zero\" where a coordinate, a number, is expected"},
    {".msh", MSH "$Nodes\n1\n1 0 0 0\n2 0 0 0\n$EndNodes\n", "\"2\" where $EndNodes is expected"},
    {".msh", MSH "$Nodes\n2\n1 0 0 0\n1 0 0 1\n$EndNodes\n", "node 1 occurs twice"},
    {".msh", MSH NODES "$Elements\n1\n1 4 2 0 0 1 2 3 5\n$EndElements\n", ":13: node 5 does not exist"},
    {".msh", MSH NODES "$Elements\n1\n1 6 2 0 0 1 2 3 4 1 2\n$EndElements\n", "element type 6 (6-node prism)"},
    {".msh", MSH NODES "$Elements\n2\n1 4 0 1 2 3 4\n2 2 1 40 1 2 3\n$EndElements\n",
     "cell 1, a triangle, has surface tag 40; 1 to 31 are allowed"},
    {".msh", MSH NODES "$Elements\n2\n1 4 0 1 2 3 4\n2 5 0 1 2 3 4 1 2 3 4\n$EndElements\n",
     "1 tetrahedra and 1 hexahedra"},
    {".msh", MSH NODES "$Elements\n1\n1 3 0 1 2 3 4\n$EndElements\n", "1 quadrilaterals and 0 triangles"},
    {".msh", MSH NODES "$Elements\n1\n1 1 0 1 2\n$EndElements\n", "no triangles, tetrahedra or hexahedra"},
    {".msh", "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$PartitionedEntities\n", "partitioned Gmsh files"},
    {".vtk", "# vtk DataFile Version 9.0\n", "version 2.0 to 5.1"},
    {".vtk", "# vtk DataFile Version 3.0\nt\nOTHER\n", ":3: \"OTHER\" where ASCII or BINARY"},
    {".vtk", "# vtk DataFile Version 3.0\nt\nASCII\nDATASET POLYDATA\n", "a data set of type POLYDATA"},
    {".vtk", VTK, "ends without cells"},
    {".vtk", VTK "POINTS 2 float\n0 0 0 0 x 0\n", ":6: \"x\" where a value, a number, is expected"},
    {".vtk", VTK "POINTS 99999999 float\n0 0 0\n", "number of points is 99999999, the rest of the file has"},
    {".vtk", VTK POINTS "CELLS 1 4\n4 0 1 2 3\nCELL_TYPES 1\n10\n", "goes beyond the list of 4 numbers"},
    {".vtk", VTK POINTS "CELLS 1 5\n4 0 1 2 4\nCELL_TYPES 1\n10\n", "cell 0 has node 4, there are nodes 0 to 3"},
    {".vtk", VTK POINTS "CELLS 1 5\n4 0 1 2 -1\nCELL_TYPES 1\n10\n", "cell 0 has node -1"},
    {".vtk", VTK POINTS "CELLS 1 5\n4 0 1 2 3\nCELL_TYPES 1\n5\n", "a triangle, has 4 nodes, 3 are needed"},
    {".vtk", VTK POINTS "CELLS 1 5\n4 0 1 2 3\nCELL_TYPES 1\n14\n", "VTK type 14 (pyramid)"},
    {".vtk", VTK POINTS "CELLS 1 5\n4 0 1 2 3\nCELL_TYPES 1\n10\nPOINT_DATA 3\n", "data for 3, the mesh has 4 nodes"},
    {".vtk", VTK POINTS "SCALARS a float\n", "SCALARS before POINT_DATA or CELL_DATA"},
    {".vtk", VTK POINTS "CELLS 1 5\n4 0 1 2 3\nCELL_TYPES 1\n10\nCELL_DATA 1\nFIELD f 1\nwords 1 1 string\nx\n",
     "arrays of type \"string\""},
    {".vtu", "<?xml version=\"1.0\"?><html></html>", "this is no VTK file, it begins with \"html\""},
    {".vtu", "<VTKFile type=\"PolyData\"></VTKFile>", "only files of type UnstructuredGrid"},
    {".vtu", "<VTKFile type=\"UnstructuredGrid\">\n<Piece NumberOfPoints=\"many\"", ":2: unclosed token"},
    {".vtu", "<VTKFile type=\"UnstructuredGrid\">\n<Piece NumberOfPoints=\"many\"/>", ":2: NumberOfPoints \"many\""},
    {".vtu", "<VTKFile type=\"UnstructuredGrid\"><Piece NumberOfPoints=\"-1\"/>", "NumberOfPoints is \"-1\""},
    {".vtu", "<VTKFile type=\"UnstructuredGrid\"><Piece NumberOfPoints=\"1\" NumberOfCells=\"1\"></Piece></VTKFile>",
     "Points need an array of three components"},
    {".vtu",
     "<VTKFile type=\"UnstructuredGrid\"><Piece NumberOfPoints=\"999999999\" NumberOfCells=\"1\"><Points><DataArray "
     "type=\"Float32\" NumberOfComponents=\"3\" Name=\"p\">0 0 0</DataArray></Points></Piece></VTKFile>",
     "array \"p\": has fewer than 2999999997 values"},
    {".xyz", "hello", "the format is not known"},
};

START_TEST(bad_files_get_one_clear_line)
{
  struct hc_slab *s;
  for (size_t i = 0; i < N_FILES(refused); i++) {
    const char *path = scratch(refused[i][0]);
    write_text(path, refused[i][1]);
    ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, path, NULL, &s), HC_ERR_INPUT, refused[i][2]);
    ck_assert_ptr_null(s);
    discard(path);
  }
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, "/nowhere/a.vtu", NULL, &s), HC_ERR_INPUT, "No such file");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, "/tmp", NULL, &s), HC_ERR_INPUT, "/tmp: ");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, fixture("lz4.vtu"), NULL, &s), HC_ERR_INPUT,
                "only vtkZLibDataCompressor is supported, not \"vtkLZ4DataCompressor\"");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, fixture("wedge.vtu"), NULL, &s), HC_ERR_INPUT,
                "cell 0 has VTK type 13 (wedge)");
  ck_call_fails(hc_meshio_import(PETSC_COMM_WORLD, fixture("quadratic.msh"), NULL, &s), HC_ERR_INPUT,
                "element type 9 (6-node triangle)");
}
END_TEST

/* ---- A real anatomy, where it is at hand ---- */

START_TEST(the_mean_heart_is_imported)
{
  const char *data = getenv("HEALTHCAST_DATA"), *root = getenv("HC_SOURCE_DIR");
  char path[1024];
  int64_t repaired, tagged[5] = {0};
  if (data)
    snprintf(path, sizeof path, "%s/heart/biv_mean_44k.vtu", data);
  else
    snprintf(path, sizeof path, "%s/../shared/data/heart/biv_mean_44k.vtu", root ? root : ".");
  if (access(path, R_OK) != 0) {
    if (world_rank() == 0)
      printf("SKIPPED the_mean_heart_is_imported: %s is absent (set HEALTHCAST_DATA)\n", path);
    return;
  }
  struct hc_slab *s = import(path, 0, "surface_class", NULL);
  ck_assert_int_eq(s->type, HC_TETRAHEDRON);
  ck_assert_int_eq(s->n_nodes, 44221);
  ck_assert_int_eq(s->n_cells, 168138);
  ck_assert_double_eq_tol(volume_of_tetrahedra(s), 144.8e3, 0.1e3); /* mm3; 144.8 mL */
  for (int64_t i = 0; i < hc_slab_nodes(s); i++)
    for (int tag = 1; tag <= 4; tag++)
      tagged[tag] += s->surface[i] == 1 << (tag - 1);
  MPI_Allreduce(MPI_IN_PLACE, tagged, 5, MPI_INT64_T, MPI_SUM, s->comm);
  for (int tag = 1; tag <= 4; tag++)
    ck_assert_int_gt(tagged[tag], 500);
  ck_call(hc_slab_check(s, path, &repaired));
  ck_assert_int_eq(repaired, 0);
  hc_slab_destroy(&s);
}
END_TEST

static Suite *suite(void)
{
  Suite *s = suite_create("meshio import");
  TCase *t = tcase_create("import");
  tcase_set_timeout(t, 100);
  tcase_add_test(t, vtk_writes_what_is_read);
  tcase_add_test(t, options_choose_tags_and_scale);
  tcase_add_test(t, names_do_not_collide);
  tcase_add_test(t, gmsh_writes_what_is_read);
  tcase_add_test(t, gmsh_numbers_may_be_sparse);
  tcase_add_test(t, vtu_pieces_are_joined);
  tcase_add_test(t, vtk_attributes_of_all_kinds);
  tcase_add_test(t, opencarp_is_read_by_any_of_its_names);
  tcase_add_test(t, opencarp_hexahedra_are_untangled);
  tcase_add_test(t, bad_files_get_one_clear_line);
  tcase_add_test(t, the_mean_heart_is_imported);
  suite_add_tcase(s, t);
  return s;
}

HC_CHECK_MAIN(suite)
