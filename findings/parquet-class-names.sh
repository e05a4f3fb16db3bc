#!/usr/bin/env bash
# Hugging Face's `datasets` keeps the names of numbered classes in a Parquet file's key `huggingface`. Which programs keep that key
# when they read such a table and write it again? Where it is lost, 3 is only a number.
# Needs Python 3.10 or newer with venv, and the Python package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 fastparquet==2026.9.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import duckdb, fastparquet, pandas, polars, pyarrow, pyarrow.parquet

KEY = b"huggingface"
names = {"info": {"features": {"label": {"names": ["angry", "disgust"], "_type": "ClassLabel"}}}}
schema = pyarrow.schema([("label", pyarrow.int64())], metadata={KEY: json.dumps(names)})
table = pyarrow.table({"label": [0, 1]}, schema=schema)
pyarrow.parquet.write_table(table, "in.parquet")

def pyarrow_default(): pyarrow.parquet.write_table(pyarrow.parquet.read_table("in.parquet"), "out.parquet")
def pyarrow_plain(): pyarrow.parquet.write_table(pyarrow.parquet.read_table("in.parquet"), "out.parquet", store_schema=False)
def pyarrow_dataset():
    import pyarrow.dataset
    pyarrow.dataset.write_dataset(pyarrow.dataset.dataset("in.parquet"), ".", format="parquet",
        basename_template="out{i}.parquet", existing_data_behavior="overwrite_or_ignore")
    import os; os.replace("out0.parquet", "out.parquet")
def pandas_default(): pandas.read_parquet("in.parquet").to_parquet("out.parquet")
def polars_eager(): polars.read_parquet("in.parquet").write_parquet("out.parquet")
def polars_lazy(): polars.scan_parquet("in.parquet").sink_parquet("out.parquet")
def polars_pyarrow(): polars.read_parquet("in.parquet").write_parquet("out.parquet", use_pyarrow=True)
def duckdb_copy(): duckdb.sql("COPY (FROM 'in.parquet') TO 'out.parquet' (FORMAT parquet)")
def fastparquet_default(): fastparquet.write("out.parquet", fastparquet.ParquetFile("in.parquet").to_pandas())

print("pyarrow", pyarrow.__version__, "pandas", pandas.__version__, "polars", polars.__version__,
      "duckdb", duckdb.__version__, "fastparquet", fastparquet.__version__)
found = {}
for write in [pyarrow_default, pyarrow_plain, pyarrow_dataset, pandas_default, polars_eager, polars_lazy, polars_pyarrow,
              duckdb_copy, fastparquet_default]:
    write()
    found[write.__name__] = KEY in (pyarrow.parquet.ParquetFile("out.parquet").metadata.metadata or {})
    print(f"{write.__name__:24} {'keeps' if found[write.__name__] else 'loses'} the key")
expected = {
    "pyarrow_default": True,
    # `store_schema=False` is documented as leaving out pyarrow's own schema; the other keys go with it.
    "pyarrow_plain": False,
    "pyarrow_dataset": True,
    "pandas_default": False,
    "polars_eager": False,
    "polars_lazy": False,
    "polars_pyarrow": False,
    "duckdb_copy": False,
    "fastparquet_default": False,
}
assert found == expected, f"changed: {found}"
PYTHON
