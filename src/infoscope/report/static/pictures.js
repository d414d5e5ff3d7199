// Figures of the paper's part: compressed in the page, shown when they are opened.

async function showPicture(details, { type, data }) {
  const image = details.querySelector("img");
  if (!details.open || image.src) return;
  const packed = new Blob([decoded(data, "u8")]).stream();
  const bytes = await new Response(packed.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
  image.src = URL.createObjectURL(new Blob([bytes], { type }));
  image.hidden = false;
}

function startPictures() {
  document.querySelectorAll(".picture").forEach((details, i) => {
    details.addEventListener("toggle", () => showPicture(details, content.pictures[i]));
  });
}
