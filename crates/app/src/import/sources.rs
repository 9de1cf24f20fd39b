//! The files of an import: named, in folders, and in zips.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tempfile::TempPath;

use super::own;
use crate::bounds;
use crate::error::Error;
use crate::file_kind::FileKind;
use crate::kept::{Keeper, ZIP};
use crate::world::Bar;
use reports::{Content, Directory, Member, ReportError, is_hidden, is_zip, sha256_of};

/// A file to import.
pub(super) struct Source {
    /// Its name without the directory that was named: `a.csv`, `sub/a.csv`, `a.zip/b.csv`, `-` for standard input.
    pub name: String,
    /// How many bytes it has, for the progress; `None` if nobody knows.
    pub len: Option<u64>,
    /// The SHA-256 of the zip in which it is.
    pub sha256: Option<String>,
    /// Whether the command names the file itself, and not a folder or a zip in which it is.
    pub is_named: bool,
    place: SourcePlace,
}

enum SourcePlace {
    /// What can be read once.
    Once(Option<Box<dyn Read + Send>>),
    File(Rc<SourceFile>),
    Member(Rc<SourceFile>, Member),
}

/// A file by its path, or a copy of standard input that goes away.
enum SourceFile {
    Path { path: PathBuf, typed: PathBuf },
    Copy(TempPath),
}

impl SourceFile {
    fn open(&self) -> Result<File, Error> {
        match self {
            Self::Path { path, typed } => File::open(path).map_err(Error::file("read", typed)),
            Self::Copy(path) => File::open(path).map_err(Error::file("read", "-")),
        }
    }
}

/// The files that were found, and those that cannot be read.
#[derive(Default)]
pub(super) struct Found {
    pub sources: Vec<Source>,
    pub unreadable: Vec<Unreadable>,
}

/// A file or folder that cannot be read.
pub(super) struct Unreadable {
    pub name: String,
    /// Whether the command names it.
    pub is_named: bool,
    pub error: ReportError,
}

impl Source {
    /// What can be read once.
    pub(super) fn once(name: String, bytes: Box<dyn Read + Send>, len: Option<u64>) -> Self {
        Self { name, len, sha256: None, is_named: true, place: SourcePlace::Once(Some(bytes)) }
    }

    /// Turns the file into one that cannot be read.
    pub(super) fn unreadable(self, error: ReportError) -> Unreadable {
        Unreadable { name: self.name, is_named: self.is_named, error }
    }

    /// Reads it from its beginning.
    pub(super) fn open(&mut self) -> Result<Box<dyn Read + Send>, Error> {
        match &mut self.place {
            SourcePlace::Once(bytes) => Ok(bytes.take().unwrap_or_else(|| Box::new(io::empty()))),
            SourcePlace::File(origin) => Ok(Box::new(origin.open()?)),
            SourcePlace::Member(origin, member) => {
                let file = origin.open()?;
                member.open(file).map_err(|error| Error::report(&self.name, error))
            }
        }
    }

    /// As [`Source::open`], for being read as a kind. What keeps files keeps what is read: the file as it came, of a file in
    /// a zip the whole zip.
    pub(super) fn open_for(&mut self, kind: &str, keeper: Option<&mut Keeper>) -> Result<Box<dyn Read + Send>, Error> {
        let bytes = self.open()?;
        let Some(keeper) = keeper else { return Ok(bytes) };
        let (SourcePlace::Member(origin, member), Some(sha256)) = (&self.place, &self.sha256) else {
            return Ok(Box::new(keeper.keep(&self.name, kind, bytes)?));
        };
        if keeper.is_new(sha256) {
            let name = self.name.strip_suffix(&format!("/{}", member.name)).unwrap_or(&self.name);
            keeper.keep(name, ZIP, Box::new(origin.open()?))?;
        }
        Ok(bytes)
    }
}

impl Found {
    /// Adds a file, the files in a zip, or all files in a folder.
    pub(super) fn add(&mut self, path: PathBuf, typed: &Path) -> Result<(), Error> {
        let failed = |error| Error::file("read", typed)(error);
        let is_dir = fs::metadata(&path).map_err(failed)?.is_dir();
        let name = name_of(typed);
        let own = own::inside(&path).or_else(|| is_dir.then(|| own_directory(&path)).flatten());
        if let Some(what) = own {
            self.leave_out(name, true, ReportError::OwnFile { what });
            return Ok(());
        }
        if is_dir {
            let root = fs::canonicalize(&path).map_err(failed)?;
            return self.add_folder(&root, &path, "", typed).map_err(failed);
        }
        self.add_file(SourceFile::Path { path, typed: typed.to_owned() }, name, true)
    }

    /// Adds what can be read but once, by way of a temporary file.
    pub(super) fn add_copy(&mut self, once: &mut dyn Read, name: String, is_named: bool) -> Result<(), Error> {
        let failed = |error| Error::file("copy", &name)(error);
        let mut copy = tempfile::NamedTempFile::new().map_err(failed)?;
        bounds::copy(once, &mut copy, bounds::COPIED).map_err(failed)?;
        self.add_file(SourceFile::Copy(copy.into_temp_path()), name, is_named)
    }

    /// Adds the files in a folder and in those below it in the order of their names. What cannot be read is noted, and so
    /// is a link that leads out of `root`, the folder that the command names.
    fn add_folder(&mut self, root: &Path, folder: &Path, before: &str, typed: &Path) -> io::Result<()> {
        for FolderEntry { name, path, is_link } in entries_of(folder)? {
            let (name, typed) = (format!("{before}{name}"), typed.join(path.file_name().unwrap_or_default()));
            if let Err(error) = self.add_entry(root, path, &name, typed, is_link) {
                self.leave_out(name, false, error);
            }
        }
        Ok(())
    }

    fn add_entry(
        &mut self,
        root: &Path,
        path: PathBuf,
        name: &str,
        typed: PathBuf,
        is_link: bool,
    ) -> Result<(), ReportError> {
        let about = fs::metadata(&path).map_err(ReportError::Io)?;
        if is_link && fs::canonicalize(&path).is_ok_and(|target| !target.starts_with(root)) {
            return Err(own::inside(&path).map_or(ReportError::Elsewhere, |what| ReportError::OwnFile { what }));
        }
        // A link to a folder is not followed, because it can lead back to where it is.
        if about.is_dir() && is_link {
            return Ok(());
        }
        let own = if is_link { own::inside(&path) } else { about.is_dir().then(|| own_directory(&path)).flatten() };
        if let Some(what) = own {
            return Err(ReportError::OwnFile { what });
        }
        if about.is_dir() {
            return self.add_folder(root, &path, &format!("{name}/"), &typed).map_err(ReportError::Io);
        }
        if about.is_file() {
            let added = self.add_file(SourceFile::Path { path, typed }, name.to_owned(), false);
            added.or_else(|error| error.into_report().map_or(Ok(()), Err))?;
        }
        Ok(())
    }

    fn leave_out(&mut self, name: String, is_named: bool, error: ReportError) {
        self.unreadable.push(Unreadable { name, is_named, error });
    }

    fn add_file(&mut self, origin: SourceFile, name: String, is_named: bool) -> Result<(), Error> {
        let failed = |error| Error::file("read", &name)(error);
        let mut file = origin.open()?;
        let about = file.metadata().map_err(failed)?;
        bounds::refuse_device(&file).map_err(failed)?;
        // Such as a pipe.
        if !about.is_file() {
            return self.add_copy(&mut file, name, is_named);
        }
        let origin = Rc::new(origin);
        let has_members = is_zip(&head_of(&mut file).map_err(failed)?);
        let members = if has_members { members_of(&mut file) } else { Ok(None) };
        let mut members = match members {
            Ok(Some(members)) => members,
            Ok(None) => {
                let len = Some(about.len());
                self.sources.push(Source { name, len, sha256: None, is_named, place: SourcePlace::File(origin) });
                return Ok(());
            }
            Err(ReportError::Io(error)) => return Err(failed(error)),
            Err(error) => {
                self.leave_out(name, is_named, error);
                return Ok(());
            }
        };
        for (folder, what) in own::take_out(&mut members) {
            let name = if folder.is_empty() { name.clone() } else { format!("{name}/{folder}") };
            self.leave_out(name, false, ReportError::OwnFile { what });
        }
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let sha256 = Some(sha256_of(&mut file).map_err(failed)?);
        self.sources.extend(members.into_iter().map(|member| Source {
            name: format!("{name}/{}", member.name),
            len: Some(member.len),
            sha256: sha256.clone(),
            is_named: false,
            place: SourcePlace::Member(Rc::clone(&origin), member),
        }));
        Ok(())
    }
}

/// The files in a zip; `None` if the zip is a workbook.
fn members_of(file: &mut File) -> Result<Option<Vec<Member>>, ReportError> {
    let listed = Directory::read(&mut *file)?;
    match listed.content(file.try_clone().map_err(ReportError::Io)?)? {
        Content::Workbook => Ok(None),
        Content::Files => listed.files().map(Some),
        Content::Spreadsheet(what) => Err(ReportError::Spreadsheet { what }),
        Content::Document(what) => Err(ReportError::Document { what }),
    }
}

/// What is in a folder.
struct FolderEntry {
    name: String,
    path: PathBuf,
    is_link: bool,
}

/// What is in a folder in the order of the names, without what is hidden and what macOS and Office add.
fn entries_of(folder: &Path) -> io::Result<Vec<FolderEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let entries = entries.into_iter().map(|entry| FolderEntry {
        name: entry.file_name().to_string_lossy().into_owned(),
        path: entry.path(),
        is_link: entry.file_type().is_ok_and(|kind| kind.is_symlink()),
    });
    Ok(entries.filter(|entry| !is_hidden(&entry.name)).collect())
}

/// The name of a file or folder without the directories before it.
pub(super) fn name_of(typed: &Path) -> String {
    typed.file_name().unwrap_or(typed.as_os_str()).to_string_lossy().into_owned()
}

/// Whether a file is imported: named, or in a folder that is named. Folders that cannot be read count as empty.
pub(super) fn is_among(file: &Path, inputs: &[PathBuf]) -> bool {
    let Ok(about) = fs::metadata(file) else { return false };
    let is_it =
        |path: &Path| fs::metadata(path).is_ok_and(|other| (other.dev(), other.ino()) == (about.dev(), about.ino()));
    about.is_file() && inputs.iter().any(|input| is_it(input) || (input.is_dir() && holds(input, &is_it)))
}

/// Whether a folder, or one in it, has such a file.
fn holds(folder: &Path, is_it: &dyn Fn(&Path) -> bool) -> bool {
    let is_there = |FolderEntry { path, is_link, .. }: &FolderEntry| {
        is_it(path) || (!is_link && path.is_dir() && holds(path, is_it))
    };
    entries_of(folder).unwrap_or_default().iter().any(is_there)
}

/// Whether a path leads to a folder or to a zip of files. A workbook counts as one file, and so does what is not there.
pub(crate) fn has_several(path: &Path, typed: &Path) -> Result<bool, Error> {
    let failed = |error| Error::file("read", typed)(error);
    let Ok(about) = fs::metadata(path) else { return Ok(false) };
    if !about.is_file() {
        return Ok(about.is_dir());
    }
    let mut file = File::open(path).map_err(failed)?;
    if !is_zip(&head_of(&mut file).map_err(failed)?) {
        return Ok(false);
    }
    let content = Directory::read(&mut file).and_then(|listed| listed.content(file));
    Ok(!matches!(content, Ok(Content::Workbook)))
}

/// The first bytes of a file, which is then at its beginning again.
fn head_of(file: &mut File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.by_ref().take(4).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(head)
}

/// Tells how much of the input has been read.
pub(super) struct Meter<'a, R> {
    pub input: R,
    /// The bytes before those of the input.
    pub read: u64,
    /// The bytes of all inputs.
    pub len: Option<u64>,
    pub bar: &'a dyn Bar,
}

impl<R: Read> Read for Meter<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read += read as u64;
        self.bar.at(self.read, self.len);
        Ok(read)
    }
}

/// Says what a directory is, if it is a ledger or a part of one.
fn own_directory(path: &Path) -> Option<&'static str> {
    own::directory(path).map(FileKind::what)
}
