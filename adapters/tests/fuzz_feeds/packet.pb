

8160711573
s8

HP:0001250SeizureZp
€À±Îx2"]
hphp%http://purl.obolibrary.org/obo/hp.owl"2025*HP2"http://purl.obolibrary.org/obo/HP_22.0