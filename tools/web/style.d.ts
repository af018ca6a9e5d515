// An import of a style: the bundle takes it, and gives nothing.
declare module "*.css";
