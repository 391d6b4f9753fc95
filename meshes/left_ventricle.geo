// A left ventricle as a truncated ellipsoid, in mm, for Gmsh >= 4.8. Long axis z, apex down.
//   gmsh -3 left_ventricle.geo -setnumber h 1.5 -format msh41 -o left_ventricle.msh
// Sizes as in biventricle.geo. Volume 1; surfaces 1 base, 2 epicardium, 3 endocardium.
SetFactory("OpenCASCADE");
DefineConstant[
  h = {1.5, Name "edge length (mm)"},
  base = {12, Name "height of the base above the equator (mm)"},
  lv_radius = {22, Name "cavity: short semi-axis (mm)"},
  lv_length = {50, Name "cavity: long semi-axis (mm)"},
  lv_wall = {10, Name "wall thickness (mm)"}
];
Sphere(1) = {0, 0, 0, 1};
Dilate {{0, 0, 0}, {lv_radius + lv_wall, lv_radius + lv_wall, lv_length + lv_wall}} { Volume{1}; }
Sphere(2) = {0, 0, 0, 1};
Dilate {{0, 0, 0}, {lv_radius, lv_radius, lv_length}} { Volume{2}; }
Box(3) = {-500, -500, base, 1000, 1000, 500};
BooleanDifference(10) = { Volume{1}; Delete; }{ Volume{2}; Volume{3}; Delete; };
faces() = Abs(Boundary{ Volume{10}; });
base_faces() = {}; epi_faces() = {}; lv_faces() = {};
For i In {0:#faces()-1}
  box() = BoundingBox Surface{faces(i)};
  If (box(2) > base - 0.01)
    base_faces() += faces(i);
  ElseIf (box(3) < lv_radius + 0.01)
    lv_faces() += faces(i);
  Else
    epi_faces() += faces(i);
  EndIf
EndFor
Physical Volume("left ventricle", 1) = {10};
Physical Surface("base", 1) = base_faces();
Physical Surface("epicardium", 2) = epi_faces();
Physical Surface("endocardium", 3) = lv_faces();
Mesh.CharacteristicLengthMin = h;
Mesh.CharacteristicLengthMax = h;
Mesh.Algorithm = 6;
Mesh.Algorithm3D = 10;
Mesh.Optimize = 1;
