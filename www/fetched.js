// Fetches a file of the site for a worker that the page starts: the folder of the site and its version are in the worker's name.
export const fetched = async path => {
  const [folder, version] = name.split("#")[0].split("?");
  const response = await fetch(`${folder}${path}?${version}`);
  if (!response.ok) {
    throw new Error(`${path}: the server answered ${response.status}`);
  }
  return response.arrayBuffer();
};
